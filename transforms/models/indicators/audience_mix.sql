-- what: Who entered, and whether the priority audiences make up their share
-- grain: a unit and cohort of entry
-- key: level, level_id, cohort
-- unit: learners; shares between 0 and 1, never rounded, NULL without entrants
-- excludes: entries after the reference date; ANNULE
-- source: work.units, work.session_units, work.session_sites, sums.session_audiences, reference.audience_rules, work.reference_date
-- definition: The programme's rule is for each session; above, it is shown for comparison. target is the rule in force when
--     the session starts; above sessions, at the reference date. Who has priority is always decided by the rule in force
--     when the session starts. Sex X is women NSP. Far from employment = declared, or without a job for the rule's months.
-- proves: greatest(women, dropouts, far_from_employment, qpv_residents, rural_residents, disabled) <= entrants
--     priority_strict <= priority
--     priority + undetermined <= entrants
--     entrants = diploma_none + diploma_3 + diploma_4 + diploma_5 + diploma_6_plus + diploma_unknown
--     (verdict is null) = (entrants = 0)
-- columns:
--     level: programme, departement, epci, provider, action or session (places are those of the session's site)
--     level_id: '' for the programme, the code, SIRET, SIRET/action_id or SIRET/session_id
--     cohort: all, or the quarter of entry like 2026-Q1, only where someone entered in it
--     entrants: who entered
--     women: sex F
--     dropouts: school drop-outs
--     far_from_employment: declared, or without a job for the rule's months
--     qpv_residents: living in a priority district
--     rural_residents: living in a rural area
--     disabled: people with disabilities
--     priority: in any of the audiences, each learner once, women included
--     priority_strict: in any of the audiences, women as such left out
--     undetermined: in none of the audiences, but at least one is NSP
--     priority_share: priority / entrants
--     share_low: priority_share, if no undetermined one had priority
--     share_high: (priority + undetermined) / entrants, if every undetermined one had
--     target: the share that the rule asks for
--     verdict: met, not_met or undetermined, decided in whole numbers; NULL without entrants
--     sex_unknown: sex X, not stated
--     diploma_none: no diploma at entry (SANS)
--     diploma_3: level 3 at entry
--     diploma_4: level 4 at entry
--     diploma_5: level 5 at entry
--     diploma_6_plus: levels 6, 7 and 8 at entry
--     diploma_unknown: level not known (NSP)
--     up_to_bac_share: (diploma_none + diploma_3 + diploma_4) / entrants
--     women_share: women / entrants
with counts_of_units as (
    select
        u.level,
        u.level_id,
        case when grouping(a.quarter) = 1 then 'all' else a.quarter end as cohort,
        -- the date whose rule is the target: a session's first day, else the reference date
        case when u.level = 'session' then min(s.starts_on) else min(d.as_of) end as target_on,
        total(a.entrants) as entrants,
        total(a.women) as women,
        total(a.dropouts) as dropouts,
        total(a.far_from_employment) as far_from_employment,
        total(a.qpv_residents) as qpv_residents,
        total(a.rural_residents) as rural_residents,
        total(a.disabled) as disabled,
        total(a.priority) as priority,
        total(a.priority_strict) as priority_strict,
        total(a.undetermined) as undetermined,
        total(a.sex_unknown) as sex_unknown,
        total(a.diploma_none) as diploma_none,
        total(a.diploma_3) as diploma_3,
        total(a.diploma_4) as diploma_4,
        total(a.diploma_5) as diploma_5,
        total(a.diploma_6_plus) as diploma_6_plus,
        total(a.diploma_unknown) as diploma_unknown
    from work.units as u
    cross join work.reference_date as d
    left join work.session_units as m on m.level = u.level and m.level_id = u.level_id
    left join work.session_sites as s on s.provider_siret = m.provider_siret and s.session_id = m.session_id
    left join sums.session_audiences as a on a.provider_siret = m.provider_siret and a.session_id = m.session_id
    group by grouping sets ((u.level, u.level_id), (u.level, u.level_id, a.quarter))
)

select
    c.level,
    c.level_id,
    c.cohort,
    c.entrants,
    c.women,
    c.dropouts,
    c.far_from_employment,
    c.qpv_residents,
    c.rural_residents,
    c.disabled,
    c.priority,
    c.priority_strict,
    c.undetermined,
    rate(c.priority, c.entrants) as priority_share,
    rate(c.priority, c.entrants) as share_low,
    rate(c.priority + c.undetermined, c.entrants) as share_high,
    rate(r.target_numerator, r.target_denominator) as target,
    case
        when c.entrants = 0 then null
        when r.target_denominator * c.priority >= r.target_numerator * c.entrants then 'met'
        when r.target_denominator * (c.priority + c.undetermined) < r.target_numerator * c.entrants then 'not_met'
        else 'undetermined'
    end as verdict,
    c.sex_unknown,
    c.diploma_none,
    c.diploma_3,
    c.diploma_4,
    c.diploma_5,
    c.diploma_6_plus,
    c.diploma_unknown,
    rate(c.diploma_none + c.diploma_3 + c.diploma_4, c.entrants) as up_to_bac_share,
    rate(c.women, c.entrants) as women_share
from counts_of_units as c
join reference.audience_rules as r
    on r.valid_from <= c.target_on and (r.valid_to is null or c.target_on < r.valid_to)
-- a unit in whose sessions nobody counts has a cohort without a quarter
where c.cohort is not null
