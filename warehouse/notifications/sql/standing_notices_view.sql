-- View standing_notices: the returns that were found overdue and have not come since
create or replace temp view standing_notices as
select
    overdue_notices.notice_id,
    overdue_notices.provider_siret,
    overdue_notices.kind,
    overdue_notices.level,
    overdue_notices.level_id,
    overdue_notices.horizon,
    overdue_notices.rule,
    overdue_notices.due_on
from overdue_notices
anti join overdue_ends on overdue_ends.notice_id = overdue_notices.notice_id
