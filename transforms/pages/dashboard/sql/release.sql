-- What the published warehouse says of itself: one row
select
    release.as_of,
    release.run_id,
    release.created_at,
    release.suivi_version,
    release.programme_version,
    release.submissions,
    release.changes_since
from meta.release as release
