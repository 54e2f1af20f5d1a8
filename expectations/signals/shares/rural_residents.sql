-- Of the entrants, those who live in a rural area.
select a.provider_siret, '' as part, a.rural_residents as k, a.entrants as n
from work.audience_counts as a
