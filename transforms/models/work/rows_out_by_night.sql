-- what: From which night to which a row did not count, the reference date included
-- grain: a row of a file and night from which on it did not count
-- key: submission_id, line, from_night
-- unit: none
-- excludes: rows that always counted
-- source: history.kept_out, work.rows_kept_out, work.reference_date
-- definition: until_night is NULL where the row does not count at the reference date.
select k.submission_id, k.line, k.from_night, max(k.until_night) as until_night
from history.kept_out as k
group by k.submission_id, k.line, k.from_night
union all
select distinct o.submission_id, o.line, d.as_of as from_night, cast(null as date) as until_night
from work.rows_kept_out as o
cross join work.reference_date as d
