-- Fills quality.overdue or quality.due_soon with what the three files of its folder select, in its columns.
insert into {table}
with awaited_learners as (
{apprenants}
),

awaited_answers as (
{suivi}
),

awaited_expenses as (
{depenses}
),

all_awaited as (
    select l.* from awaited_learners as l
    union all
    select a.* from awaited_answers as a
    union all
    select e.* from awaited_expenses as e
)

select a.*
from all_awaited as a
order by a.provider_siret, a.kind, a.level_id, a.horizon
