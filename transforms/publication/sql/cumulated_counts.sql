-- Every unit that somebody entered by the period's end, with its counts cumulated since the programme began
with audiences as (
    select
        a.level,
        a.level_id,
        sum(a.entrants) as entrants,
        sum(a.women) as women,
        sum(a.dropouts) as dropouts,
        sum(a.far_from_employment) as far_from_employment,
        sum(a.qpv_residents) as qpv_residents,
        sum(a.rural_residents) as rural_residents,
        sum(a.disabled) as disabled,
        sum(a.priority) as priority
    from indicators.audience_mix as a
    where a.cohort <> 'all' and a.cohort <= $period
    group by a.level, a.level_id
    having sum(a.entrants) > 0
),

-- no table has them: counted where the audiences are counted, with the same entrants and the same answers
disabled_in_districts as (
    select
        s.level_id as session,
        s.action_level_id as action,
        s.provider_siret as provider,
        s.epci_code as epci,
        s.departement_code as departement,
        count(*) as learners
    from clean.learners as l
    join reference.sessions as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
    cross join meta.release as r
    where l.entered_on <= least(r.as_of, $last_day)
        and l.completion is distinct from 'ANNULE'
        and l.is_disabled = 'OUI'
        and l.is_qpv_resident = 'OUI'
    group by all
),

disabled_in_districts_of_units as (
    select 'programme' as level, '' as level_id, sum(d.learners) as learners from disabled_in_districts as d
    union all
    select 'departement', d.departement, sum(d.learners) from disabled_in_districts as d group by d.departement
    union all
    select 'epci', d.epci, sum(d.learners) from disabled_in_districts as d group by d.epci
    union all
    select 'provider', d.provider, sum(d.learners) from disabled_in_districts as d group by d.provider
    union all
    select 'action', d.action, sum(d.learners) from disabled_in_districts as d group by d.action
    union all
    select 'session', d.session, sum(d.learners) from disabled_in_districts as d group by d.session
),

ends as (
    select
        c.level,
        c.level_id,
        sum(c.leavers) as leavers,
        sum(c.completed) as completed,
        sum(c.dropped_out) as dropped_out,
        sum(c.presented) as presented,
        sum(c.certified) as certified
    from indicators.certification as c
    where c.cohort <> 'all' and c.cohort <= $period
    group by c.level, c.level_id
),

exits as (
    select
        x.level,
        x.level_id,
        sum(x.known + x.unknown) as eligible,
        sum(x.known) as known,
        sum(x.positive) as positive
    from indicators.positive_exit as x
    where x.cohort <> 'all' and x.cohort <= $period and x.horizon = 'M6'
    group by x.level, x.level_id
)

select
    a.level,
    a.level_id,
    a.entrants,
    a.women,
    a.dropouts,
    a.far_from_employment,
    a.qpv_residents,
    a.rural_residents,
    a.disabled,
    coalesce(d.learners, 0) as disabled_qpv,
    a.priority,
    coalesce(e.leavers, 0) as leavers,
    coalesce(e.completed, 0) as completed,
    coalesce(e.dropped_out, 0) as dropped_out,
    coalesce(e.presented, 0) as presented,
    coalesce(e.certified, 0) as certified,
    coalesce(x.eligible, 0) as eligible,
    coalesce(x.known, 0) as known,
    coalesce(x.positive, 0) as positive
from audiences as a
left join disabled_in_districts_of_units as d on d.level = a.level and d.level_id = a.level_id
left join ends as e on e.level = a.level and e.level_id = a.level_id
left join exits as x on x.level = a.level and x.level_id = a.level_id
