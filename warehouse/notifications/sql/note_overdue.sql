-- Notes at the moment $at each return that is overdue now and stands in no notice yet
insert into overdue_notices
select
    (select coalesce(max(overdue_notices.notice_id), 0) from overdue_notices)
        + row_number() over (order by overdue_now.provider_siret, overdue_now.kind, overdue_now.level_id, overdue_now.horizon),
    overdue_now.provider_siret,
    overdue_now.kind,
    overdue_now.level,
    overdue_now.level_id,
    overdue_now.horizon,
    overdue_now.rule,
    overdue_now.due_on,
    $at
from overdue_now
where not exists (
    select 1
    from standing_notices
    where standing_notices.provider_siret = overdue_now.provider_siret
        and standing_notices.level_id = overdue_now.level_id
        and standing_notices.rule = overdue_now.rule
        and standing_notices.horizon is not distinct from overdue_now.horizon
)
