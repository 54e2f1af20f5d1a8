-- The keys of the rows of one return on which a night found something.
insert into keys_of_found_rows
select $kind, rows_of_return.submission_id, rows_of_return.line, rows_of_return.row_key
from {table} as rows_of_return
semi join (select found.submission_id, found.line from found where found.kind = $kind) as concerned
    on concerned.submission_id = rows_of_return.submission_id and concerned.line = rows_of_return.line
