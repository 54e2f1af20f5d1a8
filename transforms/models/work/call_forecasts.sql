-- what: The month in which payments exhaust each call's envelope
-- grain: a call with payments
-- key: call_id
-- unit: month, as its first day
-- excludes: calls without an envelope or a payment
-- source: work.call_payments, work.call_envelopes, work.reference_date
-- definition: Three monthly rates of payment, net of what came back: over the last 6 months, the last 12, and all months
--     since the first payment (the reference date's month included; no rate looks back beyond the first payment). What is
--     left of the envelope, divided by a rate and rounded up, is the number of months from the reference date's month on.
--     Low is the fastest rate's month, mid the middle one's, high the slowest one's; NULL where a rate is not above zero or
--     the month is over 100 years away. Once exhausted, all three are the month in which it happened.
with payments_to_date as (
    select
        p.call_id,
        p.month_number,
        p.payments,
        p.paid,
        sum(p.paid) over (partition by p.call_id order by p.month_number) as paid_so_far,
        e.envelope_eur,
        month_number(d.as_of) as this_month
    from work.call_payments as p
    join work.call_envelopes as e on e.call_id = p.call_id and e.envelope_eur is not null
    cross join work.reference_date as d
),

calls_to_date as (
    select
        p.call_id,
        p.envelope_eur,
        p.this_month,
        sum(p.payments) as payments,
        greatest(p.this_month - min(p.month_number) + 1, 1) as months,
        min(p.month_number) filter (where p.paid_so_far >= p.envelope_eur) as exhausted_month,
        sum(p.paid) as paid,
        coalesce(sum(p.paid) filter (where p.month_number > p.this_month - 6), 0) as paid_in_6_months,
        coalesce(sum(p.paid) filter (where p.month_number > p.this_month - 12), 0) as paid_in_12_months
    from payments_to_date as p
    group by p.call_id, p.envelope_eur, p.this_month
),

calls_with_their_rates as (
    select
        c.call_id,
        c.this_month,
        c.payments,
        case when c.paid >= c.envelope_eur then c.exhausted_month end as exhausted_month,
        cast(c.envelope_eur - c.paid as double) as remaining,
        cast(c.paid_in_6_months as double) / least(c.months, 6) as rate_of_6,
        cast(c.paid_in_12_months as double) / least(c.months, 12) as rate_of_12,
        cast(c.paid as double) / c.months as rate_of_all
    from calls_to_date as c
),

calls_with_months_left as (
    select
        r.call_id,
        r.this_month,
        r.payments,
        r.exhausted_month,
        ceil(r.remaining / nullif(greatest(r.rate_of_6, r.rate_of_12, r.rate_of_all, 0), 0)) as fast,
        ceil(r.remaining / nullif(greatest(
            least(r.rate_of_6, r.rate_of_12),
            least(greatest(r.rate_of_6, r.rate_of_12), r.rate_of_all),
            0
        ), 0)) as middle,
        ceil(r.remaining / nullif(greatest(least(r.rate_of_6, r.rate_of_12, r.rate_of_all), 0), 0)) as slow
    from calls_with_their_rates as r
)

select
    m.call_id,
    m.payments,
    first_of_month(coalesce(m.exhausted_month, m.this_month + case when m.fast <= 1200 then m.fast end)) as low,
    first_of_month(coalesce(m.exhausted_month, m.this_month + case when m.middle <= 1200 then m.middle end)) as mid,
    first_of_month(coalesce(m.exhausted_month, m.this_month + case when m.slow <= 1200 then m.slow end)) as high
from calls_with_months_left as m
