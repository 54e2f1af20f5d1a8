-- Table pending_arrivals: the returns that were overdue and have come, of whose arrival their provider was not notified yet
--
-- is_new is false where the provider was never notified that the return was overdue: then it need not be thanked.
create or replace temp table pending_arrivals as
select
    overdue_notices.notice_id,
    overdue_notices.provider_siret,
    overdue_notices.kind,
    overdue_notices.level,
    overdue_notices.level_id,
    overdue_notices.horizon,
    overdue_notices.rule,
    overdue_notices.due_on,
    notified_overdue.number is not null as is_new
from overdue_notices
join overdue_ends on overdue_ends.notice_id = overdue_notices.notice_id
left join (select notified.number from notified where notified.what = 'overdue') as notified_overdue
    on notified_overdue.number = overdue_notices.notice_id
anti join (select notified.number from notified where notified.what = 'overdue_end') as notified_end
    on notified_end.number = overdue_notices.notice_id
