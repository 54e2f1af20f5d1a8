-- The returns of a provider that are overdue or due soon, the most urgent first
select
    overdue.kind,
    overdue.level,
    substr(overdue.level_id, 16) as number,
    overdue.horizon,
    overdue.due_on,
    cast(null as date) as closes_on,
    true as is_late
from quality.overdue as overdue
where overdue.provider_siret = $siret
union all
select
    due_soon.kind,
    due_soon.level,
    substr(due_soon.level_id, 16) as number,
    due_soon.horizon,
    due_soon.due_on,
    due_soon.closes_on,
    false as is_late
from quality.due_soon as due_soon
where due_soon.provider_siret = $siret
order by is_late desc, due_on, kind, number, horizon
