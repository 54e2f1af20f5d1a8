-- what: Money of each action: cost, grant and cap, payments, expenses, cost per head
-- grain: an action
-- key: provider_siret, action_id
-- unit: EUR; grant_share between 0 and 1; costs per head in EUR, not rounded
-- excludes: money that is only planned (PREVU)
-- source: work.action_money, work.reporting_rule
-- definition: The cap and the share of what is justified follow the call's rule on the day of the agreement (2017: 40 %, at
--     most 100 000 EUR), rounded down to the cent. An action without money has zeros. A sum that the type cannot hold is NULL.
-- proves: over_cap is not distinct from (cap_headroom < 0)
--     cost_per_entrant is null or (entrants > 0 and state <> 'nothing_justified')
--     cost_per_positive_exit is null or positive_exits_m6 > 0
-- columns:
--     provider_siret: the provider
--     action_id: the action, within its provider
--     call_id: the call for projects
--     total_cost: total cost
--     grant: the Region's grant
--     cap: the largest grant that the rule allows
--     cap_headroom: cap - grant; negative is a breach
--     over_cap: whether the grant is above its cap
--     grant_share: grant / total_cost
--     paid: paid by the Region (VERSE)
--     notified: notified by the Region (NOTIFIE), not paid yet
--     cofinancing_public: paid by ETAT, COLLECTIVITE and EUROPE
--     cofinancing_private: paid by OPCO, ENTREPRISE and AUTRE
--     justified: sum of the expenses
--     settlement_due: the smallest of grant, share of justified and the cap in EUR, less paid; negative is to be recovered
--     state: of the expenses: nothing_justified, incomplete (overdue, or the last file refused in whole or in part), complete
--     entrants: learners who entered the action's sessions
--     positive_exits_m6: mature leavers of the action's sessions with a positive exit at M6
--     cost_per_entrant: justified / entrants; NULL under 5 entrants and where nothing is justified
--     cost_per_positive_exit: justified / positive_exits_m6; NULL under 5 positive exits and where nothing is justified
select
    m.provider_siret,
    m.action_id,
    m.call_id,
    m.total_cost_eur as total_cost,
    m.grant_eur as "grant",
    money(m.cap) as cap,
    money(m.cap - m.grant_eur) as cap_headroom,
    m.grant_eur > m.cap as over_cap,
    rate(m.grant_eur, m.total_cost_eur) as grant_share,
    money(m.paid) as paid,
    money(m.notified) as notified,
    money(m.cofinancing_public) as cofinancing_public,
    money(m.cofinancing_private) as cofinancing_private,
    money(m.justified) as justified,
    money(m.settlement_due) as settlement_due,
    expenses_state(m.justified, m.expenses_lack) as state,
    m.entrants,
    m.positive_exits_m6,
    case when m.entrants >= r.fewest_heads then rate(nullif(m.justified, 0), m.entrants) end as cost_per_entrant,
    case when m.positive_exits_m6 >= r.fewest_heads then rate(nullif(m.justified, 0), m.positive_exits_m6) end
        as cost_per_positive_exit
from work.action_money as m
cross join work.reporting_rule as r
