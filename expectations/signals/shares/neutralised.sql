-- Of the answers other than INCONNU, those that leave the rate.
select
    a.provider_siret,
    a.horizon as part,
    coalesce(sum(a.answers) filter (where a.situation = 'NEUTRALISE'), 0) as k,
    sum(a.answers) as n
from work.answer_counts as a
where a.situation <> 'INCONNU'
group by a.provider_siret, a.horizon
