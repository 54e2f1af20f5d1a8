-- The reference date of an earlier warehouse, and the versions of code, programme file and models that made it.
select
    r.as_of,
    r.suivi_version,
    r.programme_version,
    r.models_version
from {earlier}.meta.release as r
