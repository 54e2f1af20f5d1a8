-- How training ended for a provider's leavers
select certification.leavers, certification.completed, certification.dropped_out, certification.presented, certification.certified
from indicators.certification as certification
where certification.level = 'provider' and certification.level_id = $siret and certification.cohort = 'all'
