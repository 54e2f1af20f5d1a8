-- what: What became of each leaver, at each horizon
-- grain: a learner of a session and horizon
-- key: provider_siret, session_id, learner_key, horizon
-- unit: none
-- excludes: entrants who have not left by the reference date
-- source: work.entrants, clean.followups, reference.horizons, reference.situation_classes, work.reference_date
-- definition: The window is the one in force when the learner left; mature once its last day is before the reference date.
--     A situation counts as its class on the day it was observed, in the window or not. No answer, or a situation in no class,
--     is unknown. Nothing counts before it is mature: outcome_class is not_mature then, whatever has been answered.
-- view: yes
with every_horizon as (
    select distinct h.horizon
    from reference.horizons as h
),

leavers_with_their_answer as (
    select
        e.provider_siret,
        e.session_id,
        e.learner_key,
        h.horizon,
        e.left_on,
        coalesce(date_diff('day', e.left_on, d.as_of) > w.closes_after_days, false) as is_mature,
        coalesce(c.class, 'unknown') as class,
        coalesce(c.is_positive, false) as is_positive,
        coalesce(c.is_positive_strict, false) as is_positive_strict,
        coalesce(f.is_digital_job = 'OUI', false) as is_digital_job,
        e.sex,
        e.age_at_entry_band,
        e.diploma_level,
        e.dropout,
        e.far_from_employment,
        e.qpv_resident,
        e.rural_resident,
        e.disabled
    from work.entrants as e
    cross join every_horizon as h
    cross join work.reference_date as d
    left join reference.horizons as w
        on w.horizon = h.horizon and w.valid_from <= e.left_on and (w.valid_to is null or e.left_on < w.valid_to)
    left join clean.followups as f
        on f.provider_siret = e.provider_siret
        and f.session_id = e.session_id
        and f.learner_key = e.learner_key
        and f.horizon = h.horizon
    left join reference.situation_classes as c
        on c.situation = f.situation
        and c.valid_from <= f.observed_on
        and (c.valid_to is null or f.observed_on < c.valid_to)
    where e.left_on is not null
)

select
    a.provider_siret,
    a.session_id,
    a.learner_key,
    a.horizon,
    a.left_on,
    a.is_mature,
    case when a.is_mature then a.class else 'not_mature' end as outcome_class,
    a.is_mature and a.is_positive as is_positive,
    a.is_mature and a.is_positive_strict as is_positive_strict,
    a.is_mature and a.class in ('durable', 'other_employment') as is_employed,
    a.is_mature and a.is_digital_job as is_digital_job,
    a.sex,
    a.age_at_entry_band,
    a.diploma_level,
    a.dropout,
    a.far_from_employment,
    a.qpv_resident,
    a.rural_resident,
    a.disabled
from leavers_with_their_answer as a
