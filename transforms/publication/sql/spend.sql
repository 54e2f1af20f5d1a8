-- The money of each action as the warehouse has it; what a head costs is told from published counts alone
select
    s.provider_siret as provider,
    s.provider_siret || '/' || s.action_id as action,
    s.call_id,
    s.total_cost,
    s."grant",
    s.cap,
    s.over_cap,
    s.paid,
    s.notified,
    s.cofinancing_public,
    s.cofinancing_private,
    s.justified,
    s.settlement_due,
    s.state,
    a.title
from indicators.spend_by_action as s
left join clean.actions as a on a.provider_siret = s.provider_siret and a.action_id = s.action_id
order by s.provider_siret, s.action_id
