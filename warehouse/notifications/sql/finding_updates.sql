-- The findings that stand and of which their sender was not notified yet, file by file (see FindingUpdate)
select
    pending_findings.sender_siret,
    pending_findings.submission_id,
    pending_findings.file_name,
    pending_findings.kind,
    pending_findings.line,
    pending_findings.column_name,
    pending_findings.rule,
    pending_findings.severity,
    pending_findings.message,
    pending_findings.is_new
from pending_findings
where not pending_findings.is_settled and not pending_findings.is_held
order by
    pending_findings.submission_id, pending_findings.severity, pending_findings.rule, pending_findings.column_name,
    pending_findings.line
