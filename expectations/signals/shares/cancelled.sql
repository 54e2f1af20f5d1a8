-- Of the learners in force, those who are ANNULE, from the first file on or later.
select l.provider_siret, '' as part, count(*) filter (where l.completion = 'ANNULE') as k, count(*) as n
from clean.learners as l
group by l.provider_siret
