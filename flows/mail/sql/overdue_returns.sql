-- The returns that are overdue, those of each provider that are overdue longest first (see AwaitedReturn)
select
    overdue.provider_siret,
    overdue.kind,
    overdue.level,
    overdue.level_id,
    overdue.horizon,
    overdue.due_on,
    cast(null as date) as closes_on
from quality.overdue as overdue
order by overdue.provider_siret, overdue.due_on, overdue.kind, overdue.level_id, overdue.horizon
