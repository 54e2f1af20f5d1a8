-- what: What became of each session's leavers, at each horizon
-- grain: a session, quarter of leaving and horizon
-- key: provider_siret, session_id, quarter, horizon
-- unit: learners
-- excludes: entrants who have not left by the reference date; in all columns but leavers, those not yet mature
-- source: work.entrants, clean.followups, reference.horizons, reference.situation_classes, work.reference_date
-- definition: The window is the one in force when the learner left; mature once its last day is before the reference date.
--     A situation counts as its class on the day it was observed. No answer, or a situation in no class, is unknown.
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     quarter: of leaving, like 2026-Q1
--     horizon: SORTIE, M3, M6 or M12
--     leavers: who left, mature or not
--     mature: leavers whose window is past
--     neutralised: mature, not counted either way (death, long illness, detention, moved abroad)
--     known: mature, with a situation that is known
--     unknown: mature, without an answer or with INCONNU
--     positive: mature, with a positive exit
--     positive_strict: mature, with a positive exit in the strict sense (employment)
--     employed: mature, in durable or other employment
--     durable: mature, in durable employment
--     training: mature, in training
--     other: mature, in another known situation
--     employed_digital: mature, employed in a digital job
with every_horizon as (
    select distinct h.horizon
    from reference.horizons as h
),

leavers_with_their_answer as (
    select
        e.provider_siret,
        e.session_id,
        quarter_of(e.left_on) as quarter,
        h.horizon,
        coalesce(date_diff('day', e.left_on, d.as_of) > w.closes_after_days, false) as is_mature,
        coalesce(c.is_neutralised, false) as is_neutralised,
        coalesce(c.is_unknown, true) as is_unknown,
        coalesce(c.is_positive, false) as is_positive,
        coalesce(c.is_positive_strict, false) as is_positive_strict,
        coalesce(c.is_employment, false) as is_employment,
        coalesce(c.is_durable, false) as is_durable,
        coalesce(c.is_training, false) as is_training,
        coalesce(f.is_digital_job = 'OUI', false) as is_digital_job
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
    a.quarter,
    a.horizon,
    count(*) as leavers,
    count(*) filter (where a.is_mature) as mature,
    count(*) filter (where a.is_mature and a.is_neutralised) as neutralised,
    count(*) filter (where a.is_mature and not a.is_neutralised and not a.is_unknown) as known,
    count(*) filter (where a.is_mature and a.is_unknown) as unknown,
    count(*) filter (where a.is_mature and a.is_positive) as positive,
    count(*) filter (where a.is_mature and a.is_positive_strict) as positive_strict,
    count(*) filter (where a.is_mature and a.is_employment) as employed,
    count(*) filter (where a.is_mature and a.is_durable) as durable,
    count(*) filter (where a.is_mature and a.is_training) as training,
    count(*) filter (
        where a.is_mature and not (a.is_neutralised or a.is_unknown or a.is_employment or a.is_training)
    ) as other,
    count(*) filter (where a.is_mature and a.is_employment and a.is_digital_job) as employed_digital
from leavers_with_their_answer as a
group by a.provider_siret, a.session_id, a.quarter, a.horizon
