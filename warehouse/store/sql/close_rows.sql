-- The rows of one return that new files put out of force, each by the first of them that does.
--
-- A file touches the rows of the scopes that it names. It replaces a row where it has its key. It retires a row whose key is
-- neither accepted nor among its rows in error; unless one of those could not even be read that far, for then the missing row
-- may be that one.
insert into closings
with
    scopes_named as (select distinct new_rows.submission_id, new_rows.scope from new_rows),
    files_with_unreadable_keys as (
        select distinct new_quarantined.submission_id from new_quarantined where new_quarantined.row_key is null
    ),
    keys_in_error as (
        select distinct new_quarantined.submission_id, new_quarantined.row_key
        from new_quarantined
        where new_quarantined.row_key is not null
    ),
    rows_touched as (
        select old_rows.submission_id, old_rows.line, old_rows.row_key, scopes_named.submission_id as later
        from {table} as old_rows
        join scopes_named on scopes_named.scope = old_rows.scope and scopes_named.submission_id > old_rows.submission_id
        anti join (select closings.submission_id, closings.line from closings where closings.kind = $kind) as closed
            on closed.submission_id = old_rows.submission_id and closed.line = old_rows.line
    ),
    rows_judged as (
        select
            rows_touched.submission_id, rows_touched.line, rows_touched.later,
            new_rows.row_key is not null as is_replaced,
            keys_in_error.row_key is null and files_with_unreadable_keys.submission_id is null as is_retired
        from rows_touched
        left join new_rows on new_rows.submission_id = rows_touched.later and new_rows.row_key = rows_touched.row_key
        left join keys_in_error
            on keys_in_error.submission_id = rows_touched.later and keys_in_error.row_key = rows_touched.row_key
        left join files_with_unreadable_keys on files_with_unreadable_keys.submission_id = rows_touched.later
    )
select $kind as kind, rows_judged.submission_id, rows_judged.line, min(rows_judged.later) as closed_by
from rows_judged
where rows_judged.is_replaced or rows_judged.is_retired
group by rows_judged.submission_id, rows_judged.line
