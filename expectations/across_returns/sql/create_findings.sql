-- What is found across returns, and the rows that therefore do not count.
create or replace table work.cross_findings (
    submission_id bigint,
    line integer,
    kind varchar,
    provider_siret varchar,
    column_name varchar,
    rule varchar,
    severity varchar,
    message varchar
);
create or replace table work.rows_kept_out (submission_id bigint, line integer);
