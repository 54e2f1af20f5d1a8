-- Sessions and horizons with leavers who have no answer, and whose window closes, or whose answer is due, within 14 days.
with leavers_with_a_window as (
    select
        l.provider_siret,
        l.session_id,
        l.learner_key,
        h.horizon,
        l.left_on + h.closes_after_days as closes_on,
        l.left_on + h.closes_after_days + 30 as due_on
    from clean.learners as l
    join reference.horizons as h
        on h.valid_from <= l.left_on and (h.valid_to is null or l.left_on < h.valid_to)
    where l.completion is distinct from 'ANNULE' and l.left_on is not null
)

select
    w.provider_siret,
    'suivi' as kind,
    'session' as level,
    w.provider_siret || '/' || w.session_id as level_id,
    w.horizon,
    'RET-02' as rule,
    min(w.closes_on) as closes_on,
    min(w.due_on) as due_on
from leavers_with_a_window as w
cross join work.reference_date as r
anti join in_force.followups as f
    on f.provider_siret = w.provider_siret
    and f.session_id = w.session_id
    and f.learner_key = w.learner_key
    and f.horizon = w.horizon
where
    w.closes_on between r.as_of and cast(r.as_of + interval 14 day as date)
    or w.due_on between r.as_of and cast(r.as_of + interval 14 day as date)
group by w.provider_siret, w.session_id, w.horizon
