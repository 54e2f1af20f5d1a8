-- Notes at the moment $at that the steward was notified of every night that did not end well
insert into notified
select 'night', null, nights.run_id, null, $at
from nights
where nights.state <> 'done'
    and not exists (select 1 from notified where notified.what = 'night' and notified.name = nights.run_id)
