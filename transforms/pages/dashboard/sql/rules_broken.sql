-- The rules that are broken now, with how many findings there are, in how many files of how many providers
select
    findings.rule,
    findings.severity,
    count(*) as findings,
    count(distinct findings.submission_id) as files,
    count(distinct findings.provider_siret) as providers
from quality.findings as findings
where findings.resolved_at is null
group by findings.rule, findings.severity
order by list_position(['error', 'warning', 'info'], findings.severity), count(*) desc, findings.rule
