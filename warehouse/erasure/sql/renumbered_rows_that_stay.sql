-- The rows of a table that are about findings that stay, numbered as those are; `what` is finding or cross_finding.
select kept.* replace (new_numbers.new_id as finding_id)
from old.{table} as kept
join new_numbers on new_numbers.what = '{what}' and new_numbers.finding_id = kept.finding_id
order by kept.rowid
