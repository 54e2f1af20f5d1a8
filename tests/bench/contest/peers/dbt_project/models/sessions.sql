select
    {{ as_siret('siret') }} as siret,
    {{ plain('numero_action') }} as action_id,
    {{ plain('numero_session') }} as session_id,
    commune as commune_code,
    {{ as_day('debut') }} as starts_on,
    {{ as_day('fin') }} as ends_on,
    try_cast(places as integer) as seats
from {{ returns('sessions') }}
