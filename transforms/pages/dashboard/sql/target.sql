-- The share of priority audiences that each session must have, as it is in force at the reference date: one row
select audience_rules.target_numerator, audience_rules.target_denominator
from reference.audience_rules as audience_rules
cross join meta.release as release
where audience_rules.valid_from <= release.as_of
    and (audience_rules.valid_to is null or release.as_of < audience_rules.valid_to)
