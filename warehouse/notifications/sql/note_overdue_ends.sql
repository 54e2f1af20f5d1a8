-- Notes at the moment $at each return that stands in a notice and is overdue no longer as of $as_of
--
-- A night that was run for a later day than this one may have noted returns that are not due yet as of $as_of: that they are
-- not overdue now does not mean that they have come.
insert into overdue_ends
select standing_notices.notice_id, $at
from standing_notices
where standing_notices.due_on < $as_of
    and not exists (
        select 1
        from overdue_now
        where standing_notices.provider_siret = overdue_now.provider_siret
            and standing_notices.level_id = overdue_now.level_id
            and standing_notices.rule = overdue_now.rule
            and standing_notices.horizon is not distinct from overdue_now.horizon
    )
