-- Actions of which no expense is known and of which the expenses are due soon.
-- The delay is that of the version in force on the last day of the last session; how long before a return is announced,
-- that of the version in force on the reference date.
with last_days as (
    select s.provider_siret, s.action_id, max(s.ends_on) as last_ends_on
    from clean.sessions as s
    group by s.provider_siret, s.action_id
),

due_dates as (
    select l.provider_siret, l.action_id, l.last_ends_on + a.expenses_days as due_on
    from last_days as l
    join work.awaited_rules as a
        on a.valid_from <= l.last_ends_on and (a.valid_to is null or l.last_ends_on < a.valid_to)
    anti join in_force.expenses as e on e.provider_siret = l.provider_siret and e.action_id = l.action_id
)

select
    t.provider_siret,
    'depenses' as kind,
    'action' as level,
    t.provider_siret || '/' || t.action_id as level_id,
    cast(null as varchar) as horizon,
    'RET-03' as rule,
    cast(null as date) as closes_on,
    t.due_on
from due_dates as t
cross join work.reference_date as d
join work.awaited_rules as a on a.valid_from <= d.as_of and (a.valid_to is null or d.as_of < a.valid_to)
where t.due_on between d.as_of and d.as_of + a.announced_days
