-- Sessions that began over 30 days ago and of which no learner is known.
select
    s.provider_siret,
    'apprenants' as kind,
    'session' as level,
    s.provider_siret || '/' || s.session_id as level_id,
    cast(null as varchar) as horizon,
    'RET-01' as rule,
    cast(s.starts_on + interval 30 day as date) as due_on,
    date_diff('day', cast(s.starts_on + interval 30 day as date), r.as_of) as days_overdue
from in_force.sessions as s
cross join work.reference_date as r
anti join in_force.learners as l on l.provider_siret = s.provider_siret and l.session_id = s.session_id
anti join in_force.erased_sessions as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
where r.as_of > cast(s.starts_on + interval 30 day as date)
