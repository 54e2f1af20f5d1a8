-- what: What learners whose rows have counted since they came added to the rates, night by night
-- grain: a session, horizon, night and cause
-- key: provider_siret, session_id, horizon, night, cause
-- unit: learners
-- excludes: work.people_with_changes; ANNULE; nights in which nothing changed
-- source: history.learners, history.followups, history.received, work.people_with_changes, work.maturity_nights,
--     reference.situation_classes
-- definition: As quality.rate_ledger. A learner counts from the night on in which it is mature and has come, with the answer that
--     has come by then; an answer that comes later is a change of its own.
with steady_learners as (
    select l.provider_siret, l.session_id, l.learner_key, l.left_on, r.night as came
    from history.learners as l
    join history.received as r on r.submission_id = l.submission_id
    anti join work.people_with_changes as p
        on p.provider_siret = l.provider_siret and p.session_id = l.session_id and p.learner_key = l.learner_key
    where l.left_on is not null and l.completion is distinct from 'ANNULE'
),

groups_of_learners as (
    select s.provider_siret, s.session_id, s.left_on, s.came, count(*) as learners
    from steady_learners as s
    group by s.provider_siret, s.session_id, s.left_on, s.came
),

groups_of_answers as (
    select
        s.provider_siret,
        s.session_id,
        s.left_on,
        s.came,
        f.horizon,
        r.night as answered,
        c.is_positive,
        count(*) as learners
    from history.followups as f
    join reference.situation_classes as c
        on c.situation = f.situation
        and c.valid_from <= f.observed_on
        and (c.valid_to is null or f.observed_on < c.valid_to)
        and (c.is_positive or c.class = 'neutralised')
    join history.received as r on r.submission_id = f.submission_id
    join steady_learners as s
        on s.provider_siret = f.provider_siret and s.session_id = f.session_id and s.learner_key = f.learner_key
    group by s.provider_siret, s.session_id, s.left_on, s.came, f.horizon, r.night, c.is_positive
),

changes as (
    select
        g.provider_siret,
        g.session_id,
        m.horizon,
        greatest(m.night, g.came) as night,
        case when g.came < m.night then 'matured' else 'added' end as cause,
        0 as positive_change,
        g.learners as eligible_change
    from groups_of_learners as g
    join work.maturity_nights as m on m.left_on = g.left_on

    union all

    select
        g.provider_siret,
        g.session_id,
        g.horizon,
        greatest(m.night, g.came, g.answered) as night,
        case
            when g.answered > greatest(m.night, g.came) then case when g.is_positive then 'answered' else 'neutralised' end
            when g.came < m.night then 'matured'
            else 'added'
        end as cause,
        case when g.is_positive then g.learners else 0 end as positive_change,
        case when g.is_positive then 0 else -g.learners end as eligible_change
    from groups_of_answers as g
    join work.maturity_nights as m on m.left_on = g.left_on and m.horizon = g.horizon
)

select
    c.provider_siret,
    c.session_id,
    c.horizon,
    c.night,
    c.cause,
    total(c.positive_change) as positive_change,
    total(c.eligible_change) as eligible_change
from changes as c
group by c.provider_siret, c.session_id, c.horizon, c.night, c.cause
having total(c.positive_change) <> 0 or total(c.eligible_change) <> 0
