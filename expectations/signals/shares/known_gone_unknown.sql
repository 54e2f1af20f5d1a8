-- Of the answers that were known once, those of which a later file said INCONNU, or of which nothing is said any more. That a file
-- after it makes an answer known again washes nothing: it may be known as something else.
with versions as (
    select
        f.provider_siret,
        f.session_id,
        f.learner_key,
        f.horizon,
        min(f.submission_id) filter (where f.situation <> 'INCONNU') as first_known_in,
        max(f.submission_id) filter (where f.situation = 'INCONNU') as last_unknown_in,
        bool_or(f.situation <> 'INCONNU' and f.closed_by is null) as is_known
    from history.followups as f
    semi join history.followups as c
        on c.provider_siret = f.provider_siret
        and c.session_id = f.session_id
        and c.learner_key = f.learner_key
        and c.horizon = f.horizon
        and c.closed_by is not null
    group by f.provider_siret, f.session_id, f.learner_key, f.horizon
),

gone as (
    select
        v.provider_siret,
        v.horizon,
        count(*) as answers,
        count(*) filter (where not v.is_known) as answers_unknown
    from versions as v
    semi join clean.learners as l
        on l.provider_siret = v.provider_siret and l.session_id = v.session_id and l.learner_key = v.learner_key
    where v.last_unknown_in > v.first_known_in or (v.first_known_in is not null and not v.is_known)
    group by v.provider_siret, v.horizon
),

known as (
    select a.provider_siret, a.horizon, sum(a.answers) as answers
    from work.answer_counts as a
    where a.situation <> 'INCONNU'
    group by a.provider_siret, a.horizon
)

select
    coalesce(k.provider_siret, g.provider_siret) as provider_siret,
    coalesce(k.horizon, g.horizon) as part,
    coalesce(g.answers, 0) as k,
    coalesce(k.answers, 0) + coalesce(g.answers_unknown, 0) as n
from known as k
full join gone as g on g.provider_siret = k.provider_siret and g.horizon = k.horizon
