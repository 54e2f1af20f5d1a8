-- what: How far the exits of each session, known from any file, can be relied on, beside its mature leavers
-- grain: a session and horizon
-- key: provider_siret, session_id, horizon
-- unit: learners
-- excludes: mature leavers, but in first_reported_change
-- source: work.session_fates, work.expected_without_exit, work.revised_answers, reference.horizons
-- definition: As indicators.reliability. first_reported_change is what the eligible would have more of positive exits, had each
--     first answer stood.
with lacking_of_sessions as (
    select
        x.provider_siret,
        x.session_id,
        x.horizon,
        count(*) filter (where x.lack = 'set_aside') as set_aside,
        count(*) filter (where x.lack = 'vanished') as vanished,
        count(*) filter (where x.lack = 'unexited') as unexited
    from work.expected_without_exit as x
    group by x.provider_siret, x.session_id, x.horizon
),

revisions_of_sessions as (
    select
        r.provider_siret,
        r.session_id,
        r.horizon,
        count(*) filter (where r.is_eligible and r.first_is_positive and not r.counts_as_positive)
        - count(*) filter (where r.is_eligible and r.counts_as_positive and not r.first_is_positive) as first_reported_change,
        count(*) filter (where r.is_expected and not r.first_is_positive and r.last_is_positive) as revisions_up,
        count(*) filter (where r.is_expected and r.first_is_positive and not r.last_is_positive) as revisions_down
    from work.revised_answers as r
    group by r.provider_siret, r.session_id, r.horizon
)

select
    a.provider_siret,
    a.session_id,
    h.horizon,
    a.announced,
    coalesce(l.set_aside, 0) as set_aside,
    coalesce(l.vanished, 0) as vanished,
    coalesce(l.unexited, 0) as unexited,
    coalesce(r.first_reported_change, 0) as first_reported_change,
    coalesce(r.revisions_up, 0) as revisions_up,
    coalesce(r.revisions_down, 0) as revisions_down
from work.session_fates as a
cross join (select distinct v.horizon from reference.horizons as v) as h
left join lacking_of_sessions as l
    on l.provider_siret = a.provider_siret and l.session_id = a.session_id and l.horizon = h.horizon
left join revisions_of_sessions as r
    on r.provider_siret = a.provider_siret and r.session_id = a.session_id and r.horizon = h.horizon
