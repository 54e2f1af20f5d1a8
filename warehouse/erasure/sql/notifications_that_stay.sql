-- What people have been notified of and that stays; what is about a finding has its new number.
select kept.* replace (coalesce(new_numbers.new_id, kept.number) as number)
from old.notified as kept
left join new_numbers
    on new_numbers.what = replace(kept.what, 'resolution', 'finding') and new_numbers.finding_id = kept.number
anti join rows_that_go on rows_that_go.table_name = 'notified' and rows_that_go.place = kept.rowid
order by kept.rowid
