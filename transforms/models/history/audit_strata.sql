-- what: Of whom the audits were drawn
-- grain: an audit, a provider and what it had reported
-- key: audit, provider_siret, reported
-- unit: leavers
-- excludes: audits drawn on the reference date or after it
-- source: private.audit_draws, private.audit_strata
-- definition: probability is that of being drawn, of each leaver of the stratum; reported_on the reference date of the
--     warehouse drawn from. On the day of a night an audit may be drawn before it or after it; so it counts from the next day
--     on.
select d.audit, d.quarter, d.horizon, d.as_of as reported_on, s.provider_siret, s.reported, s.population, s.probability
from private.audit_draws as d
join private.audit_strata as s on s.audit = d.audit
where d.drawn_on < $as_of
