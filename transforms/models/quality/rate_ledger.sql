-- what: What each night changed in the exits of each unit, and why
-- grain: a unit, horizon, night and cause
-- key: level, level_id, horizon, night, cause
-- unit: learners
-- excludes: nights in which nothing changed
-- source: sums.session_rate_changes, work.units_by_night
-- definition: docs/spec/trust.md, "Figures that nobody can polish". What a session had, when it moves to another action or place,
--     is retired from the one and added to the other.
with changes_of_units as (
    select u.level, u.level_id, c.horizon, c.night, c.cause, c.positive_change, c.eligible_change
    from sums.session_rate_changes as c
    join work.units_by_night as u
        on u.provider_siret = c.provider_siret
        and u.session_id = c.session_id
        and u.from_night <= c.night
        and (u.until_night is null or c.night < u.until_night)

    union all

    select u.level, u.level_id, c.horizon, u.from_night as night, 'added' as cause, c.positive_change, c.eligible_change
    from sums.session_rate_changes as c
    join work.units_by_night as u
        on u.provider_siret = c.provider_siret and u.session_id = c.session_id and c.night < u.from_night

    union all

    select u.level, u.level_id, c.horizon, u.until_night as night, 'retired' as cause, -c.positive_change, -c.eligible_change
    from sums.session_rate_changes as c
    join work.units_by_night as u
        on u.provider_siret = c.provider_siret and u.session_id = c.session_id and c.night < u.until_night
)

select
    c.level,
    c.level_id,
    c.horizon,
    c.night,
    c.cause,
    total(c.positive_change) as positive_change,
    total(c.eligible_change) as eligible_change
from changes_of_units as c
group by c.level, c.level_id, c.horizon, c.night, c.cause
having total(c.positive_change) <> 0 or total(c.eligible_change) <> 0
order by c.level, c.level_id, c.horizon, c.night, c.cause
