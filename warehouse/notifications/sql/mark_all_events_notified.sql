-- notes at the moment $at that people were notified of everything
--
-- {notifiable_events}: the query notifiable_events.sql.
insert into notified
select event.what, event.number, null, null, $at
from ({notifiable_events}) as event
