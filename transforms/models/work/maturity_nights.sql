-- what: From which night on whoever left on a day is mature for a horizon
-- grain: a day of leaving and horizon
-- key: left_on, horizon
-- unit: none
-- excludes: days of which no window has closed by the reference date
-- source: history.learners, history.nights, reference.horizons
-- definition: The first night after the last day of the window that is in force on the day of leaving.
with days_of_leaving as (
    select distinct l.left_on
    from history.learners as l
    where l.left_on is not null
)

select d.left_on, h.horizon, min(n.night) as night
from days_of_leaving as d
join reference.horizons as h on h.valid_from <= d.left_on and (h.valid_to is null or d.left_on < h.valid_to)
join history.nights as n on date_diff('day', d.left_on, n.night) > h.closes_after_days
group by d.left_on, h.horizon
