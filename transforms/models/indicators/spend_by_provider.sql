-- what: Money of each provider: the sums of its actions
-- grain: a provider with an action
-- key: provider_siret
-- unit: EUR; grant_share between 0 and 1; costs per head in EUR, not rounded
-- excludes: money that is only planned (PREVU)
-- source: work.action_money, work.reporting_rule
-- definition: Sums of indicators.spend_by_action; a positive headroom of one action hides a breach of another in cap_headroom,
--     hence actions_over_cap. It is incomplete where one of its actions lacks expenses. Shares and costs per head are made from the sums. A sum that the type cannot hold is NULL.
-- proves: actions >= actions_over_cap
--     cost_per_entrant is null or (entrants > 0 and state <> 'nothing_justified')
-- columns:
--     provider_siret: the provider
--     actions: funded actions
--     total_cost: total cost
--     grant: the Region's grants
--     cap: the largest grants that the rule allows
--     cap_headroom: cap - grant
--     actions_over_cap: actions whose grant is above its cap
--     grant_share: grant / total_cost
--     paid: paid by the Region (VERSE)
--     notified: notified by the Region (NOTIFIE), not paid yet
--     cofinancing_public: paid by ETAT, COLLECTIVITE and EUROPE
--     cofinancing_private: paid by OPCO, ENTREPRISE and AUTRE
--     justified: sum of the expenses
--     settlement_due: what is due for its actions; negative is to be recovered
--     state: of the expenses: nothing_justified, incomplete (overdue, or the last file refused in whole or in part), complete
--     entrants: learners who entered the provider's sessions
--     positive_exits_m6: mature leavers of the provider's sessions with a positive exit at M6
--     cost_per_entrant: justified / entrants; NULL under 5 entrants and where nothing is justified
--     cost_per_positive_exit: justified / positive_exits_m6; NULL under 5 positive exits and where nothing is justified
with sums_of_providers as (
    select
        m.provider_siret,
        count(*) as actions,
        total_eur(m.total_cost_eur) as total_cost,
        total_eur(m.grant_eur) as granted,
        total_eur(m.cap) as cap,
        total_eur(m.cap - m.grant_eur) as cap_headroom,
        count(*) filter (where m.grant_eur > m.cap) as actions_over_cap,
        total_eur(m.paid) as paid,
        total_eur(m.notified) as notified,
        total_eur(m.cofinancing_public) as cofinancing_public,
        total_eur(m.cofinancing_private) as cofinancing_private,
        total_eur(m.justified) as justified,
        total_eur(m.settlement_due) as settlement_due,
        bool_or(m.expenses_lack) as expenses_lack,
        total(m.entrants) as entrants,
        total(m.positive_exits_m6) as positive_exits_m6
    from work.action_money as m
    group by m.provider_siret
)

select
    s.provider_siret,
    s.actions,
    money(s.total_cost) as total_cost,
    money(s.granted) as "grant",
    money(s.cap) as cap,
    money(s.cap_headroom) as cap_headroom,
    s.actions_over_cap,
    rate(s.granted, s.total_cost) as grant_share,
    money(s.paid) as paid,
    money(s.notified) as notified,
    money(s.cofinancing_public) as cofinancing_public,
    money(s.cofinancing_private) as cofinancing_private,
    money(s.justified) as justified,
    money(s.settlement_due) as settlement_due,
    expenses_state(s.justified, s.expenses_lack) as state,
    s.entrants,
    s.positive_exits_m6,
    case when s.entrants >= r.fewest_heads then rate(nullif(s.justified, 0), s.entrants) end as cost_per_entrant,
    case when s.positive_exits_m6 >= r.fewest_heads then rate(nullif(s.justified, 0), s.positive_exits_m6) end
        as cost_per_positive_exit
from sums_of_providers as s
cross join work.reporting_rule as r
