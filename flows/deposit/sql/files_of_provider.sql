-- The published files that name a provider, or name none and were deposited by it ($deposited), the last first
select
    files.submission_id,
    files.file_name,
    files.kind,
    files.received_at,
    files.sha256,
    files.decision,
    files.records,
    files.accepted,
    files.quarantined,
    exists (
        from quality.findings as findings
        join reference.rules as rules on rules.id = findings.rule
        where
            findings.submission_id = files.submission_id
            and findings.line is not null
            and findings.resolved_at is null
            and rules.severity <> 'info'
    ) as has_marks
from quality.files as files
where
    files.provider_siret = $siret
    or (
        files.provider_siret is null
        and exists (
            from unnest($deposited) as deposits (name)
            where files.file_name = name or starts_with(files.file_name, name || '#')
        )
    )
order by files.submission_id desc
