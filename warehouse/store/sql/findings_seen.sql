-- What a night found across returns, each finding once, with the key of its row where it has one.
create or replace temp table seen as
select distinct on (found.submission_id, found.line, found.column_name, found.rule)
    found.submission_id, found.line, found.kind, found.provider_siret, found.column_name, found.rule, found.severity,
    found.message, keys_of_found_rows.row_key
from found
left join keys_of_found_rows
    on keys_of_found_rows.kind = found.kind
    and keys_of_found_rows.submission_id = found.submission_id
    and keys_of_found_rows.line = found.line
order by found.submission_id, found.line, found.column_name, found.rule, found.message
