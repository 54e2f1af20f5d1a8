-- What the files that may settle, and those with what is to be settled, are about: the scopes of one return that they name, and
-- whether any row of it was taken.
insert into scopes_of_settling_files
with files as (
    select submissions.submission_id
    from submissions
    semi join (
        select files_that_may_settle.submission_id from files_that_may_settle
        union
        select files_that_may_settle.later from files_that_may_settle
    ) as either on either.submission_id = submissions.submission_id
    where submissions.kind = $kind
)
select distinct rows_of_return.submission_id, rows_of_return.scope, true as is_taken
from {table} as rows_of_return
semi join files on files.submission_id = rows_of_return.submission_id
union all
select distinct erased_scopes.submission_id, erased_scopes.scope, true as is_taken
from erased_scopes
semi join files on files.submission_id = erased_scopes.submission_id
union all
select distinct quarantined_rows.submission_id, {scope_of_key} as scope, false as is_taken
from quarantined_rows
semi join files on files.submission_id = quarantined_rows.submission_id
where quarantined_rows.row_key is not null
