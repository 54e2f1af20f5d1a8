-- How much the signals of each provider weigh together, each signal once, whichever of its units it is about.
select s.provider_siret, sum(r.weight) as weight
from (
    select distinct q.signal, split_part(q.level_id, '/', 1) as provider_siret
    from quality.signals as q
    where q.level in ('provider', 'action', 'session')
) as s
join reference.signals as r on r.id = s.signal
where r.weight > 0
group by s.provider_siret
