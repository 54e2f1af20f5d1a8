-- what: How good the returns of each provider are
-- grain: a provider of an action in force, or of a file
-- key: provider_siret
-- unit: files, records, findings; accepted_share from 0 to 1
-- excludes: files that are held; in the counts of files and records also those sent twice
-- source: quality.files, quality.findings, quality.overdue, in_force.actions
-- definition: A file sent twice is counted once, and one that was set aside is not the provider's until the steward says so.
with own_files as (
    select q.submission_id, q.provider_siret, q.decision, q.records, q.accepted, q.quarantined
    from quality.files as q
    where q.decision <> 'held'
),

providers as (
    select a.provider_siret from in_force.actions as a
    union
    select o.provider_siret from own_files as o where o.provider_siret is not null
),

files_received as (
    select
        o.provider_siret,
        count(*) as files,
        sum(o.records) as records,
        sum(o.accepted) as accepted,
        sum(o.quarantined) as quarantined
    from own_files as o
    where o.decision <> 'duplicate'
    group by o.provider_siret
),

open_findings as (
    select
        f.provider_siret,
        count(*) filter (where f.severity = 'error') as errors,
        count(*) filter (where f.severity = 'warning') as warnings,
        count(distinct f.submission_id) filter (where f.line is null and o.decision = 'refused') as refusals
    from quality.findings as f
    join own_files as o on o.submission_id = f.submission_id
    where f.resolved_at is null and f.severity <> 'info'
    group by f.provider_siret
),

overdue_returns as (
    select q.provider_siret, count(*) as returns
    from quality.overdue as q
    group by q.provider_siret
)

select
    p.provider_siret,
    coalesce(r.files, 0) as files,
    coalesce(r.records, 0) as records,
    coalesce(r.accepted, 0) as accepted,
    coalesce(r.quarantined, 0) as quarantined,
    cast(r.accepted as double) / nullif(r.records, 0) as accepted_share,
    coalesce(f.errors, 0) as open_errors,
    coalesce(f.warnings, 0) as open_warnings,
    coalesce(l.returns, 0) as overdue,
    coalesce(f.refusals, 0) as open_refusals
from providers as p
left join files_received as r on r.provider_siret = p.provider_siret
left join open_findings as f on f.provider_siret = p.provider_siret
left join overdue_returns as l on l.provider_siret = p.provider_siret
order by p.provider_siret
