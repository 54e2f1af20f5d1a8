-- Actions of which more is justified than they cost in all.
select
    'action' as level,
    s.provider_siret || '/' || s.action_id as level_id,
    s.justified as value,
    cast(round(s.total_cost) as bigint) as "of",
    $justified_share as threshold
from indicators.spend_by_action as s
where s.justified > $justified_share * s.total_cost
