-- What was accepted of one return from a file on: its files, and the scopes and keys that they name.
create or replace temp table new_rows as
select rows_of_return.submission_id, rows_of_return.scope, rows_of_return.row_key
from {table} as rows_of_return
where rows_of_return.submission_id >= $first
