-- Rows that came into force since the earlier release, or went out of it, with the file that caused it.
create or replace table work.moved_rows (
    table_name varchar,
    cause bigint,
    provider_siret varchar,
    session_id varchar,
    action_id varchar
)
