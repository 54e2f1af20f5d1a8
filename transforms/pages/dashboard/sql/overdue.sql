-- The returns that are overdue, the one overdue longest first
select
    overdue.provider_siret,
    overdue.kind,
    overdue.level,
    overdue.level_id,
    overdue.horizon,
    overdue.due_on
from quality.overdue as overdue
order by overdue.due_on, overdue.level_id, overdue.horizon
