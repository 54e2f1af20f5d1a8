-- what: How many of each session's leavers had each outcome, at each horizon, in all and of each audience
-- grain: a session, quarter of leaving, horizon and outcome
-- key: provider_siret, session_id, quarter, horizon, outcome_class, is_positive, is_positive_strict, is_digital_job
-- unit: learners
-- excludes: entrants who have not left by the reference date
-- source: work.outcomes
-- definition: The outcomes are those of indicators.learner_outcome, summed once for all that is counted of them.
-- proves: leavers = women + men + sex_unknown
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     quarter: of leaving, like 2026-Q1
--     horizon: SORTIE, M3, M6 or M12
--     outcome_class: not_mature, or the class in reference.situation_classes
--     is_positive: a positive exit
--     is_positive_strict: a positive exit in the strict sense (employment)
--     is_digital_job: employed, in a digital job
--     leavers: who left
--     women: sex F
--     men: sex M
--     sex_unknown: sex X, not stated
--     dropouts: school drop-outs
--     far_from_employment: declared, or without a job for the rule's months
--     qpv_residents: living in a priority district
--     rural_residents: living in a rural area
--     disabled: people with disabilities
--     diploma_none: no diploma at entry (SANS)
--     diploma_3: level 3 at entry
--     diploma_4: level 4 at entry
--     diploma_5: level 5 at entry
--     diploma_6_plus: levels 6, 7 and 8 at entry
--     diploma_unknown: level not known (NSP)
--     age_under_18: under 18 at entry
--     age_18_25: 18-25 at entry
--     age_26_30: 26-30 at entry
--     age_31_45: 31-45 at entry
--     age_46_55: 46-55 at entry
--     age_over_55: over 55 at entry
select
    o.provider_siret,
    o.session_id,
    quarter_of(o.left_on) as quarter,
    o.horizon,
    o.outcome_class,
    o.is_positive,
    o.is_positive_strict,
    o.is_employed and o.is_digital_job as is_digital_job,
    count(*) as leavers,
    count(*) filter (where o.sex = 'F') as women,
    count(*) filter (where o.sex = 'M') as men,
    count(*) filter (where o.sex = 'X') as sex_unknown,
    count(*) filter (where o.dropout = 'OUI') as dropouts,
    count(*) filter (where o.far_from_employment = 'OUI') as far_from_employment,
    count(*) filter (where o.qpv_resident = 'OUI') as qpv_residents,
    count(*) filter (where o.rural_resident = 'OUI') as rural_residents,
    count(*) filter (where o.disabled = 'OUI') as disabled,
    count(*) filter (where o.diploma_level = 'SANS') as diploma_none,
    count(*) filter (where o.diploma_level = '3') as diploma_3,
    count(*) filter (where o.diploma_level = '4') as diploma_4,
    count(*) filter (where o.diploma_level = '5') as diploma_5,
    count(*) filter (where o.diploma_level in ('6', '7', '8')) as diploma_6_plus,
    count(*) filter (where o.diploma_level = 'NSP') as diploma_unknown,
    count(*) filter (where o.age_at_entry_band = 'under 18') as age_under_18,
    count(*) filter (where o.age_at_entry_band = '18-25') as age_18_25,
    count(*) filter (where o.age_at_entry_band = '26-30') as age_26_30,
    count(*) filter (where o.age_at_entry_band = '31-45') as age_31_45,
    count(*) filter (where o.age_at_entry_band = '46-55') as age_46_55,
    count(*) filter (where o.age_at_entry_band = 'over 55') as age_over_55
from work.outcomes as o
group by
    o.provider_siret,
    o.session_id,
    quarter_of(o.left_on),
    o.horizon,
    o.outcome_class,
    o.is_positive,
    o.is_positive_strict,
    o.is_employed and o.is_digital_job
