-- Notes in a rebuilt store of what people were notified, from what the old store said (old_events)
--
-- What they were notified of stays so, by the same mail. What they were still to be notified of is left out, so that the next
-- night does it. What newer code finds in files of long ago is noted as notified at the moment $at: nobody hears of it.
--
-- The placeholder notifiable_events is the query notifiable_events.sql.
insert into notified
select
    event.what,
    event.number,
    null,
    old_events.message_id,
    case when old_events.identity is null then $at else old_events.notified_at end
from ({notifiable_events}) as event
left join old_events on old_events.what = event.what and old_events.identity = event.identity
where old_events.identity is null or old_events.notified_at is not null
