-- Of those who went to the end and have no certification, those who were not presented: whoever hides who has failed calls all so.
select l.provider_siret, '' as part, count(*) filter (where l.certification = 'NON_PRESENTEE') as k, count(*) as n
from clean.learners as l
where l.completion = 'TERMINE' and l.certification in ('NON_PRESENTEE', 'NON_OBTENUE', 'PARTIELLE')
group by l.provider_siret
