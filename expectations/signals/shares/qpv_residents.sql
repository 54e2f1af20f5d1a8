-- Of the entrants, those who live in a priority district.
select a.provider_siret, '' as part, a.qpv_residents as k, a.entrants as n
from work.audience_counts as a
