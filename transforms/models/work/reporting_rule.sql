-- what: The rules of reporting in force at the reference date
-- grain: the rule, which is one
-- key: valid_from
-- unit: entrants or leavers, payments
-- excludes: rules of other days
-- source: reference.reporting_rules, work.reference_date
-- definition: As reference.reporting_rules: how few heads or payments are too few to be told by.
select r.valid_from, r.fewest_heads, r.fewest_payments
from work.reference_date as d
join reference.reporting_rules as r on r.valid_from <= d.as_of and (r.valid_to is null or d.as_of < r.valid_to)
