-- The one row of meta.release: what a warehouse was made of.
insert into meta.release
select
    $run_id as run_id,
    $as_of as as_of,
    $created_at as created_at,
    $suivi_version as suivi_version,
    $duckdb_version as duckdb_version,
    $programme_version as programme_version,
    $models_version as models_version,
    count(*) as submissions,
    max(f.submission_id) as last_submission_id,
    $changes_since as changes_since
from quality.files as f
