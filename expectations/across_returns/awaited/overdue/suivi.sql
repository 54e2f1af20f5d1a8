-- Sessions and horizons with leavers who have no answer, and whose answer was due before the reference date.
-- The window is that of the version in force on the day of leaving, the delay that of the version in force on the day the
-- window closes.
with leavers_with_a_window as (
    select
        l.provider_siret,
        l.session_id,
        l.learner_key,
        h.horizon,
        l.left_on + h.closes_after_days as closes_on
    from clean.learners as l
    join reference.horizons as h on h.valid_from <= l.left_on and (h.valid_to is null or l.left_on < h.valid_to)
    where l.completion is distinct from 'ANNULE' and l.left_on is not null
),

leavers_overdue as (
    select w.provider_siret, w.session_id, w.learner_key, w.horizon, w.closes_on + a.answers_days as due_on, d.as_of
    from leavers_with_a_window as w
    join work.awaited_rules as a on a.valid_from <= w.closes_on and (a.valid_to is null or w.closes_on < a.valid_to)
    join work.reference_date as d on d.as_of > w.closes_on + a.answers_days
)

select
    t.provider_siret,
    'suivi' as kind,
    'session' as level,
    t.provider_siret || '/' || t.session_id as level_id,
    t.horizon,
    'RET-02' as rule,
    min(t.due_on) as due_on,
    date_diff('day', min(t.due_on), t.as_of) as days_overdue
from leavers_overdue as t
anti join in_force.followups as f
    on f.provider_siret = t.provider_siret
    and f.session_id = t.session_id
    and f.learner_key = t.learner_key
    and f.horizon = t.horizon
group by t.provider_siret, t.session_id, t.horizon, t.as_of
