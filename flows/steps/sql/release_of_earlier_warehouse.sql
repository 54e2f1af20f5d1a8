-- Of what an earlier warehouse was made: reference date, last file that it knew, versions of programme, code and models
select
    r.as_of,
    coalesce(r.last_submission_id, 0) as last_submission_id,
    r.programme_version,
    r.suivi_version,
    r.models_version
from before.meta.release as r
