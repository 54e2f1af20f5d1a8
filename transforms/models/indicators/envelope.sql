-- what: What each call for projects has granted, paid and still holds, and when payments will exhaust it
-- grain: a call for projects
-- key: call_id
-- unit: EUR; shares of the envelope; months as their first day
-- excludes: money that is only planned or notified
-- source: work.call_envelopes, work.action_money, work.call_forecasts, work.reporting_rule
-- definition: The envelope is the one in force at the reference date; a call without actions is a row of zeros. The forecast
--     divides what is left of the envelope by the pace of payments over the last 6 months, the last 12, and since the first
--     payment: low is the fastest pace, mid the middle one, high the slowest; NULL under 3 payments, where a pace is not above
--     zero, or over 100 years away. Once payments have exhausted the envelope, all three are the month of it.
-- proves: committed + remaining = envelope or envelope is null or committed is null
--     actions_over_cap <= actions
--     exhausted_low is null or exhausted_mid is null or exhausted_low <= exhausted_mid
--     exhausted_mid is null or exhausted_high is null or exhausted_mid <= exhausted_high
-- columns:
--     call_id: the call for projects
--     envelope: what it can grant in all
--     actions: actions that have a grant agreement under it
--     committed: sum of the grants
--     paid: paid by the Region (VERSE)
--     justified: sum of the expenses
--     remaining: envelope - committed
--     committed_share: committed / envelope
--     paid_share: paid / envelope
--     actions_over_cap: actions whose grant is above its cap
--     exhausted_low: earliest month in which payments exhaust the envelope
--     exhausted_mid: most likely month in which payments exhaust the envelope
--     exhausted_high: latest month in which payments exhaust the envelope
with sums_of_calls as (
    select
        c.call_id,
        c.envelope_eur,
        count(m.action_id) as actions,
        total_eur(m.grant_eur) as committed,
        total_eur(m.paid) as paid,
        total_eur(m.justified) as justified,
        count(m.action_id) filter (where m.grant_eur > m.cap) as actions_over_cap
    from work.call_envelopes as c
    left join work.action_money as m on m.call_id = c.call_id
    group by c.call_id, c.envelope_eur
)

select
    s.call_id,
    s.envelope_eur as envelope,
    s.actions,
    money(s.committed) as committed,
    money(s.paid) as paid,
    money(s.justified) as justified,
    money(s.envelope_eur - s.committed) as remaining,
    rate(s.committed, s.envelope_eur) as committed_share,
    rate(s.paid, s.envelope_eur) as paid_share,
    s.actions_over_cap,
    case when f.payments >= r.fewest_payments then f.low end as exhausted_low,
    case when f.payments >= r.fewest_payments then f.mid end as exhausted_mid,
    case when f.payments >= r.fewest_payments then f.high end as exhausted_high
from sums_of_calls as s
cross join work.reporting_rule as r
left join work.call_forecasts as f on f.call_id = s.call_id
