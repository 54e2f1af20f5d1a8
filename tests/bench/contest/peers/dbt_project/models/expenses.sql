with typed as (
    select
        {{ as_siret('siret') }} as siret,
        {{ plain('numero_action') }} as action_id,
        {{ plain('piece') }} as document_ref,
        {{ as_day('date') }} as spent_on,
        {{ as_code('cost_category', 'poste') }} as cost_category,
        {{ as_amount('montant') }} as amount_eur
    from {{ returns('depenses') }}
)

from typed
where siret <> '' and spent_on <= current_date and cost_category <> 'unreadable' and amount_eur is not null
