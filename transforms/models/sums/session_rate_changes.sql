-- what: What each night changed in the exits of each session, and why
-- grain: a session, horizon, night and cause
-- key: provider_siret, session_id, horizon, night, cause
-- unit: learners
-- excludes: nights in which nothing changed
-- source: work.steady_rate_changes, work.changed_rate_changes
-- definition: As quality.rate_ledger, by session.
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     horizon: SORTIE, M3, M6 or M12
--     night: reference date of the night
--     cause: as in quality.rate_ledger
--     positive_change: how many positive exits there are more than before
--     eligible_change: how many leavers there are more than before in the denominator (known + unknown)
with changes as (
    select s.provider_siret, s.session_id, s.horizon, s.night, s.cause, s.positive_change, s.eligible_change
    from work.steady_rate_changes as s
    union all
    select c.provider_siret, c.session_id, c.horizon, c.night, c.cause, c.positive_change, c.eligible_change
    from work.changed_rate_changes as c
)

select
    c.provider_siret,
    c.session_id,
    c.horizon,
    c.night,
    c.cause,
    total(c.positive_change) as positive_change,
    total(c.eligible_change) as eligible_change
from changes as c
group by c.provider_siret, c.session_id, c.horizon, c.night, c.cause
