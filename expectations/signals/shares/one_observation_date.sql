-- Of the answers about sessions with two or more, those that bear the day that most answers about their session bear, the first of
-- each session left out: alone it would always be the day of most.
with sessions as (
    select d.provider_siret, d.session_id, d.horizon, sum(d.answers) as answers, max(d.answers) as on_one_day
    from work.answer_days as d
    group by d.provider_siret, d.session_id, d.horizon
)

select s.provider_siret, s.horizon as part, sum(s.on_one_day - 1) as k, sum(s.answers - 1) as n
from sessions as s
where s.answers > 1
group by s.provider_siret, s.horizon
