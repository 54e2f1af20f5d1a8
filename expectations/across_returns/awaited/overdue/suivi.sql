-- Sessions and horizons with leavers whose window closed over 30 days ago and who have no answer.
with leavers_with_a_closed_window as (
    select
        l.provider_siret,
        l.session_id,
        l.learner_key,
        h.horizon,
        l.left_on + h.closes_after_days + 30 as due_on
    from clean.learners as l
    join reference.horizons as h
        on h.valid_from <= l.left_on and (h.valid_to is null or l.left_on < h.valid_to)
    where l.completion is distinct from 'ANNULE' and l.left_on is not null
)

select
    c.provider_siret,
    'suivi' as kind,
    'session' as level,
    c.provider_siret || '/' || c.session_id as level_id,
    c.horizon,
    'RET-02' as rule,
    min(c.due_on) as due_on,
    date_diff('day', min(c.due_on), r.as_of) as days_overdue
from leavers_with_a_closed_window as c
cross join work.reference_date as r
anti join in_force.followups as f
    on f.provider_siret = c.provider_siret
    and f.session_id = c.session_id
    and f.learner_key = c.learner_key
    and f.horizon = c.horizon
where r.as_of > c.due_on
group by c.provider_siret, c.session_id, c.horizon, r.as_of
