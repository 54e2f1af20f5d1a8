-- Of the entrants, those of whom no sex is stated.
select a.provider_siret, '' as part, a.sex_unknown as k, a.entrants as n
from work.audience_counts as a
