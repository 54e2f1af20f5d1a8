-- Refused files that no later one has settled: those that quality.provider_scores.open_refusals counts
select files.provider_siret, files.kind
from quality.files as files
semi join quality.findings as findings
    on findings.submission_id = files.submission_id
    and findings.line is null
    and findings.severity <> 'info'
    and findings.resolved_at is null
where files.decision = 'refused' and files.provider_siret is not null
order by files.provider_siret, files.kind, files.submission_id
