-- what: Learners who entered, with the audiences that they belong to
-- grain: a learner of a session
-- key: provider_siret, session_id, learner_key
-- unit: none
-- excludes: entries after the reference date; ANNULE
-- source: clean.learners, clean.sessions, reference.audience_rules, work.reference_date
-- definition: left_on is NULL until the reference date has come to it. The audience rule is the one in force when the
--     session starts. Women: F is OUI, M is NON, X is NSP. Far from employment: OUI if declared, or without a job for the
--     rule's months; NSP if declared NSP and not so long. Priority = in any audience of the rule; strict = women not
--     counted as such; undetermined = not priority, and NSP in at least one audience of the rule.
with learners_with_their_answers as (
    select
        l.provider_siret,
        l.session_id,
        l.learner_key,
        l.entered_on,
        case when l.left_on <= d.as_of then l.left_on end as left_on,
        l.completion,
        l.certification,
        l.sex,
        l.age_at_entry_band,
        l.diploma_level,
        case l.sex when 'F' then 'OUI' when 'M' then 'NON' else 'NSP' end as woman,
        l.is_dropout as dropout,
        case when l.months_without_job >= r.far_from_employment_months then 'OUI' else l.is_far_from_employment end
            as far_from_employment,
        l.is_qpv_resident as qpv_resident,
        l.is_rural_resident as rural_resident,
        l.is_disabled as disabled,
        r.counts_women,
        r.counts_dropouts,
        r.counts_far_from_employment,
        r.counts_qpv_residents,
        r.counts_rural_residents,
        r.counts_disabled
    from clean.learners as l
    join clean.sessions as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
    join reference.audience_rules as r
        on r.valid_from <= s.starts_on and (r.valid_to is null or s.starts_on < r.valid_to)
    cross join work.reference_date as d
    where l.entered_on <= d.as_of and l.completion is distinct from 'ANNULE'
),

learners_judged as (
    select
        *,
        (counts_dropouts and dropout = 'OUI')
        or (counts_far_from_employment and far_from_employment = 'OUI')
        or (counts_qpv_residents and qpv_resident = 'OUI')
        or (counts_rural_residents and rural_resident = 'OUI')
        or (counts_disabled and disabled = 'OUI') as is_priority_strict,
        counts_women and woman = 'OUI' as is_priority_as_woman,
        (counts_women and woman = 'NSP')
        or (counts_dropouts and dropout = 'NSP')
        or (counts_far_from_employment and far_from_employment = 'NSP')
        or (counts_qpv_residents and qpv_resident = 'NSP')
        or (counts_rural_residents and rural_resident = 'NSP')
        or (counts_disabled and disabled = 'NSP') as has_unknown_audience
    from learners_with_their_answers
)

select
    j.provider_siret,
    j.session_id,
    j.learner_key,
    j.entered_on,
    j.left_on,
    j.completion,
    j.certification,
    j.sex,
    j.age_at_entry_band,
    j.diploma_level,
    j.dropout,
    j.far_from_employment,
    j.qpv_resident,
    j.rural_resident,
    j.disabled,
    j.is_priority_strict or j.is_priority_as_woman as is_priority,
    j.is_priority_strict,
    j.has_unknown_audience and not (j.is_priority_strict or j.is_priority_as_woman) as is_undetermined
from learners_judged as j
