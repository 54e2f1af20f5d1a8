-- The rules that stand broken, by provider and gravest first, each with its sentence and how often
select
    coalesce(any_value(providers.name), findings.provider_siret, 'Région et envois non reconnus') as who,
    findings.provider_siret,
    findings.rule,
    any_value(rules.severity) as severity,
    any_value(rules.sentence) as sentence,
    count(*) as findings,
    min(findings.first_seen) as since
from quality.findings as findings
join reference.rules as rules on rules.id = findings.rule
left join reference.providers as providers on providers.siret = findings.provider_siret
where findings.resolved_at is null and rules.severity <> 'info'
group by findings.provider_siret, findings.rule
order by who, findings.provider_siret, severity, findings desc, findings.rule
