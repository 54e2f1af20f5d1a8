with typed as (
    select
        {{ as_siret('siret') }} as siret,
        {{ plain('numero_action') }} as action_id,
        {{ plain('reference') }} as reference,
        {{ as_code('funder_type', 'nature') }} as funder_type,
        {{ as_code('funding_status', 'etat') }} as status,
        {{ as_day('date') }} as decided_on,
        {{ as_amount('montant') }} as amount_eur
    from {{ returns('financements') }}
)

from typed
where siret <> '' and decided_on <= current_date and amount_eur is not null and 'unreadable' not in (funder_type, status)
