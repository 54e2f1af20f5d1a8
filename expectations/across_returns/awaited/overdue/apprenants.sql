-- Sessions of which no learner is known, and of which the learners were due before the reference date.
-- The delay is that of the version in force on the first day of the session.
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
    t.due_on,
    date_diff('day', t.due_on, d.as_of) as days_overdue
from due_dates as t
cross join work.reference_date as d
where d.as_of > t.due_on
