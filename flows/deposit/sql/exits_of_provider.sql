-- What became of a provider's leavers at each horizon, and how far that can be relied on
select
    exits.horizon,
    exits.leavers,
    exits.mature,
    exits.known,
    exits.unknown,
    exits.positive,
    exits.rate,
    reliability.expected,
    reliability.coverage,
    reliability.floor_rate
from indicators.positive_exit as exits
join reference.code_lists as horizons on horizons.code_list = 'horizon' and horizons.code = exits.horizon
left join indicators.reliability as reliability
    on reliability.level = exits.level
    and reliability.level_id = exits.level_id
    and reliability.horizon = exits.horizon
    and reliability.cohort = exits.cohort
where exits.level = 'provider' and exits.level_id = $siret and exits.cohort = 'all'
order by horizons.position
