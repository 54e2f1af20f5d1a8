-- The targets in force at the reference date
select targets.measure, targets.target_numerator, targets.target_denominator
from reference.targets as targets
cross join meta.release as release
where targets.valid_from <= release.as_of and (targets.valid_to is null or release.as_of < targets.valid_to)
