-- Where people are trained, the places with most entrants for their inhabitants first
select
    coverage.level,
    coverage.level_id,
    coverage.name,
    coverage.sessions,
    coverage.entrants,
    coverage.inhabitants,
    coverage.entrants_per_10000
from indicators.coverage as coverage
order by coverage.level, coverage.entrants_per_10000 desc nulls last, coverage.sessions desc, coverage.name
