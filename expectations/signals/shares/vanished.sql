-- Of the people announced, those who are no longer in force.
select f.provider_siret, '' as part, sum(f.vanished) as k, sum(f.announced) as n
from work.session_fates as f
group by f.provider_siret
