-- Actions of which no expense is known and of which the expenses are due within 14 days.
with last_days as (
    select s.provider_siret, s.action_id, cast(max(s.ends_on) + interval 90 day as date) as due_on
    from clean.sessions as s
    group by s.provider_siret, s.action_id
)

select
    d.provider_siret,
    'depenses' as kind,
    'action' as level,
    d.provider_siret || '/' || d.action_id as level_id,
    cast(null as varchar) as horizon,
    'RET-03' as rule,
    cast(null as date) as closes_on,
    d.due_on
from last_days as d
cross join work.reference_date as r
anti join in_force.expenses as e on e.provider_siret = d.provider_siret and e.action_id = d.action_id
where d.due_on between r.as_of and cast(r.as_of + interval 14 day as date)
