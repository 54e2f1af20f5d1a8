-- Of the answers that count, those that were observed before the first day of their window.
with answers_outside as (
    select f.provider_siret, f.session_id, f.learner_key, f.horizon, f.observed_on
    from history.followups as f
    semi join work.cross_findings as c on c.submission_id = f.submission_id and c.line = f.line and c.rule = 'SUI-54'
    where f.closed_by is null
),

answers_before as (
    select o.provider_siret, o.horizon, count(*) as answers
    from answers_outside as o
    join clean.learners as l
        on l.provider_siret = o.provider_siret and l.session_id = o.session_id and l.learner_key = o.learner_key
    join reference.horizons as h
        on h.horizon = o.horizon and h.valid_from <= l.left_on and (h.valid_to is null or l.left_on < h.valid_to)
    where date_diff('day', l.left_on, o.observed_on) < h.opens_after_days
    group by o.provider_siret, o.horizon
)

select a.provider_siret, a.horizon as part, coalesce(max(b.answers), 0) as k, sum(a.answers) as n
from work.answer_counts as a
left join answers_before as b on b.provider_siret = a.provider_siret and b.horizon = a.horizon
group by a.provider_siret, a.horizon
