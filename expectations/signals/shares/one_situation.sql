-- Of the answers other than INCONNU, those that give the situation that a provider gives most often; each situation is compared
-- with itself.
with situations as (
    select a.provider_siret, a.horizon, a.situation, sum(a.answers) as answers
    from work.answer_counts as a
    where a.situation <> 'INCONNU'
    group by a.provider_siret, a.horizon, a.situation
),

providers as (
    select s.provider_siret, s.horizon, sum(s.answers) as answers, max_by(s.situation, s.answers * 1000 - length(s.situation)) as most
    from situations as s
    group by s.provider_siret, s.horizon
),

situations_asked as (
    select distinct p.horizon, p.most
    from providers as p
)

select p.provider_siret, a.horizon || ' ' || a.most as part, coalesce(s.answers, 0) as k, p.answers as n
from situations_asked as a
join providers as p on p.horizon = a.horizon
left join situations as s on s.provider_siret = p.provider_siret and s.horizon = a.horizon and s.situation = a.most
