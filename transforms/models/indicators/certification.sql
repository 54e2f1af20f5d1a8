-- what: How training ended for those who left, and what they were certified
-- grain: a unit and cohort of leaving
-- key: level, level_id, cohort
-- unit: learners; rates between 0 and 1, never rounded, NULL without a denominator
-- excludes: whoever has not left by the reference date; ANNULE
-- source: work.units, work.session_units, sums.session_leavers
-- definition: completed = TERMINE; dropped_out = ABANDON and ABANDON_EMPLOI, the latter also apart; presented = OBTENUE,
--     PARTIELLE and NON_OBTENUE; certified = OBTENUE. EXCLUSION is neither completed nor dropped out.
-- proves: completed + dropped_out <= leavers
--     dropped_out_to_job <= dropped_out
--     certified <= presented and presented <= leavers
-- columns:
--     level: programme, departement, epci, provider, action or session (places are those of the session's site)
--     level_id: '' for the programme, the code, SIRET, SIRET/action_id or SIRET/session_id
--     cohort: all, or the quarter of leaving like 2026-Q1, only where someone left in it
--     leavers: who left
--     completed: to the end of the training
--     dropped_out: before the end, for a job or not
--     dropped_out_to_job: before the end, for a job
--     presented: presented to the certification
--     certified: certified in full
--     completion_rate: completed / leavers
--     dropout_rate: dropped_out / leavers
--     certified_of_presented: certified / presented
--     certified_of_leavers: certified / leavers
with counts_of_units as (
    select
        u.level,
        u.level_id,
        case when grouping(l.quarter) = 1 then 'all' else l.quarter end as cohort,
        total(l.leavers) as leavers,
        total(l.completed) as completed,
        total(l.dropped_out) as dropped_out,
        total(l.dropped_out_to_job) as dropped_out_to_job,
        total(l.presented) as presented,
        total(l.certified) as certified
    from work.units as u
    left join work.session_units as m on m.level = u.level and m.level_id = u.level_id
    left join sums.session_leavers as l on l.provider_siret = m.provider_siret and l.session_id = m.session_id
    group by grouping sets ((u.level, u.level_id), (u.level, u.level_id, l.quarter))
)

select
    c.level,
    c.level_id,
    c.cohort,
    c.leavers,
    c.completed,
    c.dropped_out,
    c.dropped_out_to_job,
    c.presented,
    c.certified,
    rate(c.completed, c.leavers) as completion_rate,
    rate(c.dropped_out, c.leavers) as dropout_rate,
    rate(c.certified, c.presented) as certified_of_presented,
    rate(c.certified, c.leavers) as certified_of_leavers
from counts_of_units as c
-- a unit in whose sessions nobody counts has a cohort without a quarter
where c.cohort is not null
