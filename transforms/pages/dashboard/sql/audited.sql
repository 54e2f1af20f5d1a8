-- What audits of the programme as a whole have found, the last one first
select
    audited.cohort,
    audited.horizon,
    audited.audit,
    audited.drawn,
    audited.verified,
    audited.reported_rate,
    audited.corrected_rate,
    audited.corrected_rate_low,
    audited.corrected_rate_high
from indicators.audited as audited
where audited.level = 'programme' and audited.corrected_rate is not null
order by audited.audit desc
