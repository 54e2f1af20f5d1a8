-- The keys of the rows on which a night found something: filled return by return.
create or replace temp table keys_of_found_rows (
    kind varchar not null,
    submission_id bigint not null,
    line integer not null,
    row_key varchar not null
)
