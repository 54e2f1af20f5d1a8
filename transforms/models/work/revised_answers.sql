-- what: Answers that may not be what was first answered
-- grain: a learner of a session and horizon
-- key: provider_siret, session_id, learner_key, horizon
-- unit: none
-- excludes: answers with one version, of a learner who is in force, that counts
-- source: history.followups, clean.learners, clean.followups, work.rows_kept_out, work.expected_without_exit,
--     reference.situation_classes, reference.horizons, work.reference_date
-- definition: first_is_positive: the first answer accepted other than INCONNU, NULL if there was none. last_is_positive: the answer
--     in force, of a learner who is in force. is_expected: the learner is announced and due. is_eligible, counts_as_positive: as in
--     indicators.positive_exit.
with answers_in_question as (
    select f.provider_siret, f.session_id, f.learner_key, f.horizon
    from history.followups as f
    where f.closed_by is not null
    union
    select f.provider_siret, f.session_id, f.learner_key, f.horizon
    from history.followups as f
    semi join work.rows_kept_out as k on k.submission_id = f.submission_id and k.line = f.line
    union
    select f.provider_siret, f.session_id, f.learner_key, f.horizon
    from history.followups as f
    semi join (select e.* from work.expected_without_exit as e where e.lack <> 'unexited') as x
        on x.provider_siret = f.provider_siret
        and x.session_id = f.session_id
        and x.learner_key = f.learner_key
        and x.horizon = f.horizon
),

versions as (
    select
        q.provider_siret,
        q.session_id,
        q.learner_key,
        q.horizon,
        f.submission_id,
        f.closed_by,
        coalesce(c.class, 'unknown') as class,
        coalesce(c.is_positive, false) as is_positive
    from answers_in_question as q
    join history.followups as f
        on f.provider_siret = q.provider_siret
        and f.session_id = q.session_id
        and f.learner_key = q.learner_key
        and f.horizon = q.horizon
    left join reference.situation_classes as c
        on c.situation = f.situation
        and c.valid_from <= f.observed_on
        and (c.valid_to is null or f.observed_on < c.valid_to)
),

first_and_last as (
    select
        v.provider_siret,
        v.session_id,
        v.learner_key,
        v.horizon,
        min_by(v.is_positive, v.submission_id) filter (where v.class <> 'unknown') as first_is_positive,
        coalesce(bool_or(v.is_positive) filter (where v.closed_by is null), false) as last_is_positive
    from versions as v
    group by v.provider_siret, v.session_id, v.learner_key, v.horizon
),

with_the_answer_that_counts as (
    select
        a.*,
        l.learner_key is not null and l.completion is distinct from 'ANNULE' as is_in_force,
        x.learner_key is not null as is_missing,
        coalesce(date_diff('day', l.left_on, d.as_of) > w.closes_after_days, false)
        and l.completion is distinct from 'ANNULE' as is_mature,
        coalesce(c.class, 'unknown') as class,
        coalesce(c.is_positive, false) as is_positive
    from first_and_last as a
    cross join work.reference_date as d
    left join work.expected_without_exit as x
        on x.provider_siret = a.provider_siret
        and x.session_id = a.session_id
        and x.learner_key = a.learner_key
        and x.horizon = a.horizon
    left join clean.learners as l
        on l.provider_siret = a.provider_siret
        and l.session_id = a.session_id
        and l.learner_key = a.learner_key
    left join reference.horizons as w
        on w.horizon = a.horizon and w.valid_from <= l.left_on and (w.valid_to is null or l.left_on < w.valid_to)
    left join clean.followups as f
        on f.provider_siret = a.provider_siret
        and f.session_id = a.session_id
        and f.learner_key = a.learner_key
        and f.horizon = a.horizon
    left join reference.situation_classes as c
        on c.situation = f.situation
        and c.valid_from <= f.observed_on
        and (c.valid_to is null or f.observed_on < c.valid_to)
)

select
    a.provider_siret,
    a.session_id,
    a.learner_key,
    a.horizon,
    a.first_is_positive,
    a.last_is_positive and a.is_in_force as last_is_positive,
    a.is_mature or a.is_missing as is_expected,
    a.is_mature and a.class <> 'neutralised' as is_eligible,
    a.is_mature and a.is_positive as counts_as_positive
from with_the_answer_that_counts as a
