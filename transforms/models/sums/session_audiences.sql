-- what: Audiences and diplomas of each session's entrants
-- grain: a session and quarter of entry
-- key: provider_siret, session_id, quarter
-- unit: learners
-- excludes: as work.entrants
-- source: work.entrants
-- definition: as work.entrants
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     quarter: of entry, like 2026-Q1
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
--     sex_unknown: sex X, not stated
--     diploma_none: no diploma at entry (SANS)
--     diploma_3: level 3 at entry
--     diploma_4: level 4 at entry
--     diploma_5: level 5 at entry
--     diploma_6_plus: levels 6, 7 and 8 at entry
--     diploma_unknown: level not known (NSP)
select
    e.provider_siret,
    e.session_id,
    quarter_of(e.entered_on) as quarter,
    count(*) as entrants,
    count(*) filter (where e.sex = 'F') as women,
    count(*) filter (where e.dropout = 'OUI') as dropouts,
    count(*) filter (where e.far_from_employment = 'OUI') as far_from_employment,
    count(*) filter (where e.qpv_resident = 'OUI') as qpv_residents,
    count(*) filter (where e.rural_resident = 'OUI') as rural_residents,
    count(*) filter (where e.disabled = 'OUI') as disabled,
    count(*) filter (where e.is_priority) as priority,
    count(*) filter (where e.is_priority_strict) as priority_strict,
    count(*) filter (where e.is_undetermined) as undetermined,
    count(*) filter (where e.sex = 'X') as sex_unknown,
    count(*) filter (where e.diploma_level = 'SANS') as diploma_none,
    count(*) filter (where e.diploma_level = '3') as diploma_3,
    count(*) filter (where e.diploma_level = '4') as diploma_4,
    count(*) filter (where e.diploma_level = '5') as diploma_5,
    count(*) filter (where e.diploma_level in ('6', '7', '8')) as diploma_6_plus,
    count(*) filter (where e.diploma_level = 'NSP') as diploma_unknown
from work.entrants as e
group by e.provider_siret, e.session_id, quarter_of(e.entered_on)
