-- Table pending_overdue: the returns that are overdue, of which their provider was not notified yet
create or replace temp table pending_overdue as
select standing_notices.notice_id, standing_notices.provider_siret
from standing_notices
anti join (select notified.number from notified where notified.what = 'overdue') as notified
    on notified.number = standing_notices.notice_id
