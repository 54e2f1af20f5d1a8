-- Actions of which no expense is known, and of which the expenses were due before the reference date.
-- The delay is that of the version in force on the last day of the last session.
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
    t.due_on,
    date_diff('day', t.due_on, d.as_of) as days_overdue
from due_dates as t
cross join work.reference_date as d
where d.as_of > t.due_on
