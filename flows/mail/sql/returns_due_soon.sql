-- The returns that are due soon, those of each provider that are most urgent first (see AwaitedReturn)
--
-- While people can still be asked, the day until which they can is the urgent one; once it has passed, the day on which the
-- return is due.
select
    due_soon.provider_siret,
    due_soon.kind,
    due_soon.level,
    due_soon.level_id,
    due_soon.horizon,
    due_soon.due_on,
    due_soon.closes_on
from quality.due_soon as due_soon
cross join work.reference_date as reference_date
order by
    due_soon.provider_siret,
    case when due_soon.closes_on >= reference_date.as_of then due_soon.closes_on else due_soon.due_on end,
    due_soon.kind,
    due_soon.level_id,
    due_soon.horizon
