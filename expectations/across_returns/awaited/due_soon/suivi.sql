-- Sessions and horizons with leavers who have no answer, and whose window closes, or whose answer is due, soon.
-- The window is that of the version in force on the day of leaving, the delay that of the version in force on the day the
-- window closes; how long before it is announced, that of the version in force on the reference date.
with days_announced as (
    select d.as_of, d.as_of + a.announced_days as last_day
    from work.reference_date as d
    join work.awaited_rules as a on a.valid_from <= d.as_of and (a.valid_to is null or d.as_of < a.valid_to)
),

leavers_with_a_window as (
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

leavers_due_soon as (
    select w.provider_siret, w.session_id, w.learner_key, w.horizon, w.closes_on, w.closes_on + a.answers_days as due_on
    from leavers_with_a_window as w
    join work.awaited_rules as a on a.valid_from <= w.closes_on and (a.valid_to is null or w.closes_on < a.valid_to)
    cross join days_announced as d
    where w.closes_on between d.as_of and d.last_day or w.closes_on + a.answers_days between d.as_of and d.last_day
)

select
    t.provider_siret,
    'suivi' as kind,
    'session' as level,
    t.provider_siret || '/' || t.session_id as level_id,
    t.horizon,
    'RET-02' as rule,
    min(t.closes_on) as closes_on,
    min(t.due_on) as due_on
from leavers_due_soon as t
anti join in_force.followups as f
    on f.provider_siret = t.provider_siret
    and f.session_id = t.session_id
    and f.learner_key = t.learner_key
    and f.horizon = t.horizon
group by t.provider_siret, t.session_id, t.horizon
