-- The horizons in force at the reference date, in their order, with their names
select
    horizons.horizon,
    horizons.opens_after_days,
    horizons.closes_after_days,
    code_lists.label
from reference.horizons as horizons
join reference.code_lists as code_lists on code_lists.code_list = 'horizon' and code_lists.code = horizons.horizon
cross join meta.release as release
where horizons.valid_from <= release.as_of and (horizons.valid_to is null or release.as_of < horizons.valid_to)
order by code_lists.position
