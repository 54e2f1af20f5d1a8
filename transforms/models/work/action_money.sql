-- what: Cost, grant, cap, payments, expenses and heads of each action
-- grain: an action
-- key: provider_siret, action_id
-- unit: EUR; learners
-- excludes: money that is only planned (PREVU)
-- source: clean.actions, clean.fundings, clean.expenses, reference.calls, work.action_heads,
--     quality.overdue, quality.files
-- definition: As indicators.spend_by_action. The call's rule is the one in force on the day of the agreement. Amounts are
--     wide here, so that no sum of absurd amounts stops the night. Expenses lack where those of the action are overdue, or the
--     provider's last file of expenses was refused or had records refused.
with fundings_of_actions as (
    select
        f.provider_siret,
        f.action_id,
        total_eur(case when f.funder_type = 'REGION' and f.status = 'VERSE' then f.amount_eur end) as paid,
        total_eur(case when f.funder_type = 'REGION' and f.status = 'NOTIFIE' then f.amount_eur end) as notified,
        total_eur(
            case when f.funder_type in ('ETAT', 'COLLECTIVITE', 'EUROPE') and f.status = 'VERSE' then f.amount_eur end
        ) as cofinancing_public,
        total_eur(
            case when f.funder_type in ('OPCO', 'ENTREPRISE', 'AUTRE') and f.status = 'VERSE' then f.amount_eur end
        ) as cofinancing_private
    from clean.fundings as f
    group by f.provider_siret, f.action_id
),

expenses_of_actions as (
    select e.provider_siret, e.action_id, total_eur(e.amount_eur) as justified
    from clean.expenses as e
    group by e.provider_siret, e.action_id
),

last_expenses_of_providers as (
    select q.provider_siret, arg_max(q.decision = 'refused' or q.quarantined > 0, q.submission_id) as was_refused
    from quality.files as q
    where q.kind = 'depenses' and q.decision not in ('held', 'duplicate')
    group by q.provider_siret
),

overdue_expenses as (
    select distinct o.level_id
    from quality.overdue as o
    where o.kind = 'depenses' and o.level = 'action'
),

actions_with_their_money as (
    select
        a.provider_siret,
        a.action_id,
        a.call_id,
        a.total_cost_eur,
        a.grant_eur,
        r.cap_eur as call_cap_eur,
        least(share_rounded_down(a.total_cost_eur, r.cap_share_numerator, r.cap_share_denominator), r.cap_eur) as cap,
        coalesce(f.paid, 0) as paid,
        coalesce(f.notified, 0) as notified,
        coalesce(f.cofinancing_public, 0) as cofinancing_public,
        coalesce(f.cofinancing_private, 0) as cofinancing_private,
        coalesce(e.justified, 0) as justified,
        share_rounded_down(coalesce(e.justified, 0), r.cap_share_numerator, r.cap_share_denominator) as justified_share,
        o.level_id is not null or coalesce(l.was_refused, false) as expenses_lack,
        coalesce(h.entrants, 0) as entrants,
        coalesce(h.positive_exits_m6, 0) as positive_exits_m6
    from clean.actions as a
    left join reference.calls as r
        on r.call_id = a.call_id and r.valid_from <= a.agreed_on and (r.valid_to is null or a.agreed_on < r.valid_to)
    left join fundings_of_actions as f on f.provider_siret = a.provider_siret and f.action_id = a.action_id
    left join expenses_of_actions as e on e.provider_siret = a.provider_siret and e.action_id = a.action_id
    left join last_expenses_of_providers as l on l.provider_siret = a.provider_siret
    left join overdue_expenses as o on o.level_id = a.provider_siret || '/' || a.action_id
    left join work.action_heads as h on h.provider_siret = a.provider_siret and h.action_id = a.action_id
)

select
    m.provider_siret,
    m.action_id,
    m.call_id,
    m.total_cost_eur,
    m.grant_eur,
    -- a call that the programme no longer has: least() would pass over its NULL
    case when m.call_cap_eur is not null then m.cap end as cap,
    m.paid,
    m.notified,
    m.cofinancing_public,
    m.cofinancing_private,
    m.justified,
    case
        when m.call_cap_eur is not null then least(m.grant_eur, m.justified_share, m.call_cap_eur) - m.paid
    end as settlement_due,
    m.expenses_lack,
    m.entrants,
    m.positive_exits_m6
from actions_with_their_money as m
