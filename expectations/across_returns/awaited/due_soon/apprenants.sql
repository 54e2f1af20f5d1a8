-- Sessions of which no learner is known and of which the learners are due soon.
-- The delay is that of the version in force on the first day of the session; how long before a return is announced, that
-- of the version in force on the reference date.
with due_dates as (
    select s.provider_siret, s.session_id, s.starts_on + a.learners_days as due_on
    from in_force.sessions as s
    join work.awaited_rules as a on a.valid_from <= s.starts_on and (a.valid_to is null or s.starts_on < a.valid_to)
    anti join in_force.learners as l on l.provider_siret = s.provider_siret and l.session_id = s.session_id
    anti join in_force.erased_sessions as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
)

select
    t.provider_siret,
    'apprenants' as kind,
    'session' as level,
    t.provider_siret || '/' || t.session_id as level_id,
    cast(null as varchar) as horizon,
    'RET-01' as rule,
    cast(null as date) as closes_on,
    t.due_on
from due_dates as t
cross join work.reference_date as d
join work.awaited_rules as a on a.valid_from <= d.as_of and (a.valid_to is null or d.as_of < a.valid_to)
where t.due_on between d.as_of and d.as_of + a.announced_days
