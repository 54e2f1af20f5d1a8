-- The exits of every unit and cohort at every horizon, the horizons in their order, and of all cohorts together how far they can
-- be relied on; of a session, which is a cohort itself, those at the horizons at which somebody is mature, or should be
select
    positive_exit.level,
    positive_exit.level_id,
    positive_exit.cohort,
    positive_exit.horizon,
    positive_exit.leavers,
    positive_exit.mature,
    positive_exit.neutralised,
    positive_exit.known,
    positive_exit.unknown,
    positive_exit.positive,
    positive_exit.positive_strict,
    positive_exit.employed,
    positive_exit.durable,
    positive_exit.training,
    positive_exit.other,
    positive_exit.rate,
    positive_exit.rate_known,
    positive_exit.wilson_low,
    positive_exit.wilson_high,
    positive_exit.bound_low,
    positive_exit.bound_high,
    positive_exit.response_rate,
    positive_exit.rate_strict,
    coalesce(reliability.expected, 0) as expected,
    reliability.coverage,
    reliability.floor_rate,
    reliability.ceiling_rate
from indicators.positive_exit as positive_exit
join reference.code_lists as horizon on horizon.code_list = 'horizon' and horizon.code = positive_exit.horizon
left join indicators.reliability as reliability
    on reliability.level = positive_exit.level
    and reliability.level_id = positive_exit.level_id
    and reliability.cohort = positive_exit.cohort
    and reliability.horizon = positive_exit.horizon
where
    positive_exit.level <> 'session'
    or (positive_exit.cohort = 'all' and (positive_exit.mature > 0 or reliability.expected > 0))
order by positive_exit.level, positive_exit.level_id, positive_exit.cohort, horizon.position
