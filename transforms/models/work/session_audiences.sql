-- what: Audiences and diplomas of each session's entrants
-- grain: a session and quarter of entry
-- key: provider_siret, session_id, quarter
-- unit: learners
-- excludes: as work.entrants
-- source: work.entrants
-- definition: as work.entrants
select
    e.provider_siret,
    e.session_id,
    quarter_of(e.entered_on) as quarter,
    count(*) as entrants,
    count(*) filter (where e.woman = 'OUI') as women,
    count(*) filter (where e.dropout = 'OUI') as dropouts,
    count(*) filter (where e.far_from_employment = 'OUI') as far_from_employment,
    count(*) filter (where e.qpv_resident = 'OUI') as qpv_residents,
    count(*) filter (where e.rural_resident = 'OUI') as rural_residents,
    count(*) filter (where e.disabled = 'OUI') as disabled,
    count(*) filter (where e.is_priority) as priority,
    count(*) filter (where e.is_priority_strict) as priority_strict,
    count(*) filter (where e.is_undetermined) as undetermined,
    count(*) filter (where e.woman = 'NSP') as sex_unknown,
    count(*) filter (where e.diploma_level = 'SANS') as diploma_none,
    count(*) filter (where e.diploma_level = '3') as diploma_3,
    count(*) filter (where e.diploma_level = '4') as diploma_4,
    count(*) filter (where e.diploma_level = '5') as diploma_5,
    count(*) filter (where e.diploma_level in ('6', '7', '8')) as diploma_6_plus,
    count(*) filter (where e.diploma_level = 'NSP') as diploma_unknown
from work.entrants as e
group by e.provider_siret, e.session_id, quarter_of(e.entered_on)
