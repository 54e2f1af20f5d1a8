with typed as (
    select
        {{ as_siret('siret') }} as siret,
        {{ plain('numero_session') }} as session_id,
        {{ plain('id_apprenant') }} as learner_ref,
        {{ as_code('horizon', 'echeance') }} as horizon,
        {{ as_day('observe_le') }} as observed_on,
        {{ as_code('situation', 'situation') }} as situation,
        {{ as_code('yes_no_unknown', 'numerique') }} as is_digital_job,
        {{ as_code('source', 'source') }} as source
    from {{ returns('suivi') }}
)

from typed
where siret <> '' and observed_on <= current_date
and 'unreadable' not in (horizon, situation, is_digital_job, coalesce(source, ''))
