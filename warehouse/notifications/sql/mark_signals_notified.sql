-- Notes at the moment $at that the steward is notified of these notices of signals by a mail (without: of all, and by none)
insert into notified
select 'signal', signal_notices.notice_id, null, $message_id, $at
from signal_notices
where $notices is null or list_contains($notices, signal_notices.notice_id)
