-- The findings of the files from `first` to `last`, as they were found.
select
    findings.submission_id, findings.line, findings.column_name, findings.rule, findings.severity, findings.message
from findings
where findings.submission_id between $first and $last
order by findings.finding_id
