-- Of the answers other than INCONNU that any file ever gave, those that said NEUTRALISE once RECHERCHE had been said of the learner,
-- or after an ABANDON.
with neutralised as (
    select distinct f.provider_siret, f.session_id, f.learner_key, f.horizon
    from history.followups as f
    where
        f.situation = 'NEUTRALISE'
        and (
            exists (
                select 1
                from history.followups as b
                where b.provider_siret = f.provider_siret
                    and b.session_id = f.session_id
                    and b.learner_key = f.learner_key
                    and b.horizon = f.horizon
                    and b.situation = 'RECHERCHE'
                    and b.submission_id < f.submission_id
            )
            or exists (
                select 1
                from history.learners as l
                where l.provider_siret = f.provider_siret
                    and l.session_id = f.session_id
                    and l.learner_key = f.learner_key
                    and l.completion = 'ABANDON'
            )
        )
),

neutralised_of_providers as (
    select n.provider_siret, n.horizon, count(*) as learners
    from neutralised as n
    group by n.provider_siret, n.horizon
)

select a.provider_siret, a.horizon as part, coalesce(max(n.learners), 0) as k, greatest(sum(a.answers), max(n.learners)) as n
from work.answer_counts as a
left join neutralised_of_providers as n on n.provider_siret = a.provider_siret and n.horizon = a.horizon
where a.situation <> 'INCONNU'
group by a.provider_siret, a.horizon
