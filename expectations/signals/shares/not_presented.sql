-- Of those who went to the end of the training, those who were not presented to the certification.
select l.provider_siret, '' as part, count(*) filter (where l.certification = 'NON_PRESENTEE') as k, count(*) as n
from clean.learners as l
where l.completion = 'TERMINE'
group by l.provider_siret
