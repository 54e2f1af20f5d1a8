-- How often each rule is broken now: providers concerned, lines, whole files or overdue returns, findings (see RuleFigures)
select
    all_findings.rule,
    count(distinct all_findings.provider_siret) as providers,
    count(distinct (all_findings.submission_id, all_findings.line)) as lines,
    count(*) as findings
from all_findings
where not all_findings.is_settled and not all_findings.is_held
group by all_findings.rule
union all
select
    standing_notices.rule,
    count(distinct standing_notices.provider_siret) as providers,
    count(*) as lines,
    count(*) as findings
from standing_notices
group by standing_notices.rule
order by rule
