-- All returns that are overdue, those of which their provider was notified already too (see OverdueUpdate)
select
    standing_notices.provider_siret,
    standing_notices.kind,
    standing_notices.level,
    standing_notices.level_id,
    standing_notices.horizon,
    standing_notices.rule,
    coalesce(overdue_now.due_on, standing_notices.due_on) as latest_due_on,
    pending_overdue.notice_id is not null as is_new
from standing_notices
left join pending_overdue on pending_overdue.notice_id = standing_notices.notice_id
left join overdue_now
    on overdue_now.provider_siret = standing_notices.provider_siret
    and overdue_now.level_id = standing_notices.level_id
    and overdue_now.rule = standing_notices.rule
    and overdue_now.horizon is not distinct from standing_notices.horizon
order by
    standing_notices.provider_siret, standing_notices.rule, latest_due_on, standing_notices.level_id, standing_notices.horizon
