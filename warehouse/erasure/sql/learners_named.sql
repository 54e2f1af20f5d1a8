-- The keys of all learners that a store names: of rows that counted, and of rows in error or with findings, as far as they could
-- be read.
--
-- Keys are coalesced because DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout.
with
    keys_as_text as (
        select quarantined_rows.submission_id, quarantined_rows.row_key from old.quarantined_rows
        union
        select findings.submission_id, findings.row_key from old.findings
        union
        select cross_findings.submission_id, cross_findings.row_key from old.cross_findings
    )
select rows_learners.provider_siret, rows_learners.session_id, rows_learners.learner_ref
from old.rows_learners
union
select rows_followups.provider_siret, rows_followups.session_id, rows_followups.learner_ref
from old.rows_followups
union
select
    split_part(coalesce(keys_as_text.row_key, ''), chr(31), 1) as provider_siret,
    split_part(coalesce(keys_as_text.row_key, ''), chr(31), 2) as session_id,
    split_part(coalesce(keys_as_text.row_key, ''), chr(31), 3) as learner_ref
from keys_as_text
join old.submissions on submissions.submission_id = keys_as_text.submission_id
where keys_as_text.row_key is not null and submissions.kind in ('apprenants', 'suivi')
