-- Notes at the moment $at that people were notified of everything
--
-- The placeholder notifiable_events is the query notifiable_events.sql.
insert into notified
select event.what, event.number, null, null, $at
from ({notifiable_events}) as event
