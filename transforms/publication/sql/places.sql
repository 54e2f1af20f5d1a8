-- Departments and EPCIs of the region, and those elsewhere that have a session; counts of people are the release's own
select
    c.level,
    c.level_id,
    c.name as label,
    c.inhabitants
from indicators.coverage as c
order by c.level, c.level_id
