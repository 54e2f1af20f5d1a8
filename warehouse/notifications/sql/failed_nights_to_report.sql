-- The nights before $run_id that did not end well, and of which the steward was not notified yet
select nights.run_id, nights.started_at, nights.state
from nights
anti join (select notified.name from notified where notified.what = 'night') as notified on notified.name = nights.run_id
where nights.state <> 'done' and nights.run_id <> $run_id
order by nights.started_at
