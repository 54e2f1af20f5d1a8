-- What is said of the files from `first` to `last`, with the lines of which it is said (0 is the file as a whole) and its places
-- among all findings; in the order in which it was found first.
select
    findings.submission_id,
    findings.column_name,
    findings.rule,
    findings.severity,
    findings.message,
    list(coalesce(findings.line, 0) order by findings.finding_id) as lines,
    list(findings.finding_id order by findings.finding_id) as places
from findings
where findings.submission_id between $first and $last
group by findings.submission_id, findings.column_name, findings.rule, findings.severity, findings.message
order by min(findings.finding_id)
