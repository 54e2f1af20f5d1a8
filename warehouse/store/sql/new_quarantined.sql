-- The rows in error of one return from a file on.
create or replace temp table new_quarantined as
select quarantined_rows.submission_id, quarantined_rows.row_key
from quarantined_rows
semi join (
    select submissions.submission_id from submissions where submissions.kind = $kind and submissions.submission_id >= $first
) as new_files
    on new_files.submission_id = quarantined_rows.submission_id
