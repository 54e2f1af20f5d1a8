-- what: What became of those who left, at each follow-up horizon
-- grain: a unit, cohort of leaving and horizon
-- key: level, level_id, cohort, horizon
-- unit: learners; rates between 0 and 1, never rounded, NULL without a denominator
-- excludes: whoever has not left by the reference date; ANNULE. Only mature leavers count beyond the column leavers
-- source: work.units, work.session_units, work.session_exits, reference.horizons
-- definition: Mature = left_on + the window's last day is before the reference date. Eligible = known + unknown. The headline
--     is rate: unknown is not positive. A situation counts as its class on the day it was observed, in the window or not.
-- proves: mature = neutralised + known + unknown
--     known = employed + training + other
--     leavers >= mature
--     known >= positive and positive >= positive_strict and employed >= durable
--     bound_low is not distinct from rate
--     rate is null or (bound_low <= bound_high and rate <= 1)
--     rate_known is null or (wilson_low <= rate_known and rate_known <= wilson_high)
-- columns:
--     level: programme, departement, epci, provider, action or session (places are those of the session's site)
--     level_id: '' for the programme, the code, SIRET, SIRET/action_id or SIRET/session_id
--     cohort: all, or the quarter of leaving like 2026-Q1, only where someone left in it
--     horizon: SORTIE, M3, M6 or M12
--     leavers: who left, mature or not
--     mature: leavers whose window is past
--     neutralised: mature, not counted either way (death, long illness, detention, moved abroad)
--     known: mature, with a situation that is known
--     unknown: mature, without an answer or with INCONNU
--     positive: mature, with a positive exit
--     positive_strict: mature, with a positive exit in the strict sense (employment)
--     employed: mature, in durable or other employment
--     durable: mature, in durable employment
--     training: mature, in training
--     other: mature, in another known situation
--     rate: positive / (known + unknown)
--     rate_known: positive / known
--     wilson_low: lower end of the Wilson 95 % interval of rate_known
--     wilson_high: upper end of the Wilson 95 % interval of rate_known
--     bound_low: rate, if no unknown one was positive
--     bound_high: (positive + unknown) / (known + unknown), if every unknown one was
--     response_rate: known / (known + unknown)
--     rate_strict: positive_strict / (known + unknown)
with every_unit_and_horizon as (
    select u.level, u.level_id, h.horizon
    from work.units as u
    cross join (select distinct r.horizon from reference.horizons as r) as h
),

counts_of_units as (
    select
        u.level,
        u.level_id,
        case when grouping(x.quarter) = 1 then 'all' else x.quarter end as cohort,
        u.horizon,
        total(x.leavers) as leavers,
        total(x.mature) as mature,
        total(x.neutralised) as neutralised,
        total(x.known) as known,
        total(x.unknown) as unknown,
        total(x.positive) as positive,
        total(x.positive_strict) as positive_strict,
        total(x.employed) as employed,
        total(x.durable) as durable,
        total(x.training) as training,
        total(x.other) as other
    from every_unit_and_horizon as u
    left join work.session_units as m on m.level = u.level and m.level_id = u.level_id
    left join work.session_exits as x
        on x.provider_siret = m.provider_siret and x.session_id = m.session_id and x.horizon = u.horizon
    group by grouping sets ((u.level, u.level_id, u.horizon), (u.level, u.level_id, u.horizon, x.quarter))
)

select
    c.level,
    c.level_id,
    c.cohort,
    c.horizon,
    c.leavers,
    c.mature,
    c.neutralised,
    c.known,
    c.unknown,
    c.positive,
    c.positive_strict,
    c.employed,
    c.durable,
    c.training,
    c.other,
    rate(c.positive, c.known + c.unknown) as rate,
    rate(c.positive, c.known) as rate_known,
    wilson_low(c.positive, c.known) as wilson_low,
    wilson_high(c.positive, c.known) as wilson_high,
    rate(c.positive, c.known + c.unknown) as bound_low,
    rate(c.positive + c.unknown, c.known + c.unknown) as bound_high,
    rate(c.known, c.known + c.unknown) as response_rate,
    rate(c.positive_strict, c.known + c.unknown) as rate_strict
from counts_of_units as c
-- a unit in whose sessions nobody counts has a cohort without a quarter
where c.cohort is not null
