-- Notes in quality.changes what differs in one indicator, value by value. Put in: the table and the name of the indicator, the
-- expressions for the unit of a row (unit_level, unit_id, unit_cohort, unit_horizon), and a struct for each of its columns.
-- $tables are the tables of clean that the indicator reads. A unit that is new, or gone, has its values other than 0 and false.
insert into quality.changes
with rows_that_are_new as (
    select n.* from {indicator} as n
    except
    select t.* from before.{indicator} as t
),

rows_that_are_gone as (
    select t.* from before.{indicator} as t
    except
    select n.* from {indicator} as n
),

new_rows_by_unit as (
    select {unit}, * from rows_that_are_new
),

gone_rows_by_unit as (
    select {unit}, * from rows_that_are_gone
),

values_in_pairs as (
    select
        coalesce(n.unit_level, g.unit_level) as level,
        coalesce(n.unit_id, g.unit_id) as level_id,
        coalesce(n.unit_cohort, g.unit_cohort) as cohort,
        coalesce(n.unit_horizon, g.unit_horizon) as horizon,
        n.unit_level is null or g.unit_level is null as is_new_or_gone,
        unnest([{pairs}]) as pair
    from new_rows_by_unit as n
    full join gone_rows_by_unit as g
        on n.unit_level = g.unit_level
        and n.unit_id = g.unit_id
        and n.unit_cohort is not distinct from g.unit_cohort
        and n.unit_horizon is not distinct from g.unit_horizon
),

causes_of_units as (
    select distinct u.level, u.level_id, u.cause
    from work.units_moved as u
    where list_contains($tables, u.table_name)
),

causes_by_unit as (
    select
        u.level,
        u.level_id,
        list(u.cause order by u.cause) as submissions,
        list(f.file_name order by u.cause) as file_names
    from causes_of_units as u
    left join quality.files as f on f.submission_id = u.cause
    group by u.level, u.level_id
)

select
    '{indicator_name}' as indicator,
    v.level,
    v.level_id,
    v.cohort,
    v.horizon,
    v.pair.column_name as column_name,
    v.pair.before as before,
    v.pair.after as after,
    try_cast(v.pair.after as double) - try_cast(v.pair.before as double) as difference,
    case
        when c.submissions is null and $rules_differ then 'programme'
        when c.submissions is null then 'date'
        when $rules_differ then 'returns, programme'
        else 'returns'
    end as cause,
    coalesce(c.submissions, cast([] as bigint[])) as submissions,
    coalesce(c.file_names, cast([] as varchar[])) as file_names
from values_in_pairs as v
left join causes_by_unit as c on c.level = v.level and c.level_id = v.level_id
where
    v.pair.before is distinct from v.pair.after
    and not (v.is_new_or_gone and coalesce(v.pair.after, v.pair.before) = 'false')
    and not (v.is_new_or_gone and coalesce(try_cast(coalesce(v.pair.after, v.pair.before) as double), 1) = 0)
order by v.level, v.level_id, v.cohort, v.horizon, v.pair.place
