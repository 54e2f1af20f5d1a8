-- The lines in error of the files that were refused.
select findings.submission_id, findings.line
from findings
join submissions on submissions.submission_id = findings.submission_id
where findings.severity = 'error' and findings.line is not null and submissions.decision = 'refused'
