select
    {{ as_siret('siret') }} as siret,
    {{ plain('numero_action') }} as action_id,
    {{ as_amount('cout_total') }} as total_cost_eur,
    {{ as_amount('subvention') }} as grant_eur,
    {{ as_day('convention_le') }} as agreed_on
from {{ returns('actions') }}
