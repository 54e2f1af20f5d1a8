-- Providers with many records whose key cannot be read, and which are still open long after they came.
select
    'provider' as level,
    f.provider_siret as level_id,
    count(distinct struct_pack(submission_id := f.submission_id, line := f.line)) as value,
    cast(null as bigint) as "of",
    $unreadable_days as threshold
from quality.findings as f
cross join work.reference_date as d
where
    f.resolved_at is null
    and f.severity = 'error'
    and f.line is not null
    and f.kind in ('apprenants', 'suivi', 'sessions')
    and (f.column_name is null or f.column_name in ('provider_siret', 'session_id', 'learner_ref', 'horizon'))
    and f.provider_siret is not null
    and date_diff('day', cast(f.first_seen as date), d.as_of) > $unreadable_days
group by f.provider_siret
having count(distinct struct_pack(submission_id := f.submission_id, line := f.line)) >= $unreadable_rows
