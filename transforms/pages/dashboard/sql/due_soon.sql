-- The returns that are due soon, the first one first
select
    due_soon.provider_siret,
    due_soon.kind,
    due_soon.level,
    due_soon.level_id,
    due_soon.horizon,
    due_soon.due_on,
    due_soon.closes_on
from quality.due_soon as due_soon
order by due_soon.due_on, due_soon.level_id, due_soon.horizon
