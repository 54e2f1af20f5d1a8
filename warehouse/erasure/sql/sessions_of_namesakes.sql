-- The other sessions of the provider in which the same reference stands. It may be somebody else's there: whoever asks has to
-- look.
--
-- The keys of rows in error are coalesced because DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL
-- throughout.
with
    keys_in_error as (
        select
            split_part(coalesce(quarantined_rows.row_key, ''), chr(31), 1) as provider_siret,
            split_part(coalesce(quarantined_rows.row_key, ''), chr(31), 2) as session_id,
            split_part(coalesce(quarantined_rows.row_key, ''), chr(31), 3) as learner_ref
        from quarantined_rows
    ),
    keys_known as (
        select rows_learners.provider_siret, rows_learners.session_id, rows_learners.learner_ref from rows_learners
        union all
        select rows_followups.provider_siret, rows_followups.session_id, rows_followups.learner_ref from rows_followups
        union all
        select keys_in_error.provider_siret, keys_in_error.session_id, keys_in_error.learner_ref from keys_in_error
    )
select distinct keys_known.session_id
from keys_known
where keys_known.provider_siret = $provider_siret
    and keys_known.learner_ref = $learner_ref
    and keys_known.session_id <> $session_id
order by keys_known.session_id
