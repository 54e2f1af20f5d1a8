-- what: What learners of work.people_with_changes added to the rates and took from them, night by night
-- grain: a session, horizon, night and cause
-- key: provider_siret, session_id, horizon, night, cause
-- unit: learners
-- excludes: nights in which nothing changed
-- source: work.learner_spans, work.answer_spans, work.maturity_nights, reference.horizons
-- definition: As quality.rate_ledger: what a learner counts as in a night, less what it counted as in the night before.
with spans_at_horizons as (
    select s.*, h.horizon, m.night as mature_from
    from work.learner_spans as s
    cross join (select distinct r.horizon from reference.horizons as r) as h
    left join work.maturity_nights as m on m.left_on = s.left_on and m.horizon = h.horizon
),

moments as (
    select s.provider_siret, s.session_id, s.learner_key, s.horizon, s.from_night as night
    from spans_at_horizons as s
    union
    select s.provider_siret, s.session_id, s.learner_key, s.horizon, s.until_night as night
    from spans_at_horizons as s
    where s.until_night is not null
    union
    select s.provider_siret, s.session_id, s.learner_key, s.horizon, s.mature_from as night
    from spans_at_horizons as s
    where s.mature_from > s.from_night and (s.until_night is null or s.mature_from < s.until_night)
    union
    select a.provider_siret, a.session_id, a.learner_key, a.horizon, a.from_night as night
    from work.answer_spans as a
    union
    select a.provider_siret, a.session_id, a.learner_key, a.horizon, a.until_night as night
    from work.answer_spans as a
    where a.until_night is not null
),

states as (
    select
        m.provider_siret,
        m.session_id,
        m.learner_key,
        m.horizon,
        m.night,
        case
            when s.from_night is null then 'gone'
            when s.is_kept_out then 'kept_out'
            when s.is_cancelled then 'cancelled'
            when s.mature_from is null or s.mature_from > m.night then 'not_mature'
            else coalesce(a.class, 'unknown')
        end as state,
        coalesce(a.is_positive, false) as is_positive
    from moments as m
    left join spans_at_horizons as s
        on s.provider_siret = m.provider_siret
        and s.session_id = m.session_id
        and s.learner_key = m.learner_key
        and s.horizon = m.horizon
        and s.from_night <= m.night
        and (s.until_night is null or m.night < s.until_night)
    left join work.answer_spans as a
        on a.provider_siret = m.provider_siret
        and a.session_id = m.session_id
        and a.learner_key = m.learner_key
        and a.horizon = m.horizon
        and a.from_night <= m.night
        and (a.until_night is null or m.night < a.until_night)
        and not a.is_kept_out
),

states_that_count as (
    select
        s.*,
        s.state not in ('gone', 'kept_out', 'cancelled', 'not_mature', 'neutralised') as is_eligible,
        s.state not in ('gone', 'kept_out', 'cancelled') as is_in_force
    from states as s
),

steps as (
    select
        s.provider_siret,
        s.session_id,
        s.learner_key,
        s.horizon,
        s.night,
        s.state,
        s.is_eligible,
        s.is_eligible and s.is_positive as is_positive,
        lag(s.state) over learner as state_before,
        coalesce(lag(s.is_eligible) over learner, false) as was_eligible,
        coalesce(lag(s.is_eligible and s.is_positive) over learner, false) as was_positive,
        coalesce(
            bool_or(s.is_in_force) over (
                partition by s.provider_siret, s.session_id, s.learner_key, s.horizon
                order by s.night
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as was_in_force
    from states_that_count as s
    window learner as (partition by s.provider_siret, s.session_id, s.learner_key, s.horizon order by s.night)
),

changes as (
    select
        p.*,
        case
            when p.is_eligible and not p.was_eligible then
                case when p.state_before = 'not_mature' then 'matured' when p.was_in_force then 'returned' else 'added' end
            when p.was_eligible and not p.is_eligible then
                case p.state
                    when 'gone' then 'retired'
                    when 'kept_out' then 'set_aside'
                    when 'not_mature' then 'matured'
                    else p.state
                end
            when p.was_positive then 'corrected_down'
            when p.state_before = 'unknown' then 'answered'
            else 'corrected_up'
        end as cause
    from steps as p
    where p.is_eligible <> p.was_eligible or p.is_positive <> p.was_positive
)

select
    c.provider_siret,
    c.session_id,
    c.horizon,
    c.night,
    c.cause,
    total(cast(c.is_positive as integer) - cast(c.was_positive as integer)) as positive_change,
    total(cast(c.is_eligible as integer) - cast(c.was_eligible as integer)) as eligible_change
from changes as c
group by c.provider_siret, c.session_id, c.horizon, c.night, c.cause
