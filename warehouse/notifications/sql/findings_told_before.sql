-- The findings that stand and of which these providers were notified by an earlier mail (see SenderUpdates.told_before)
select
    all_findings.sender_siret,
    all_findings.submission_id,
    all_findings.file_name,
    all_findings.kind,
    all_findings.line,
    all_findings.column_name,
    all_findings.rule,
    all_findings.severity,
    all_findings.message,
    false as is_new
from all_findings
semi join (select unnest($providers) as sender_siret) as providers on providers.sender_siret = all_findings.sender_siret
semi join (select notified.what, notified.number from notified) as notified
    on notified.what = all_findings.what and notified.number = all_findings.number
where not all_findings.is_settled and not all_findings.is_held
qualify row_number() over (
    partition by all_findings.sender_siret
    order by
        all_findings.submission_id desc, all_findings.severity, all_findings.rule, all_findings.column_name, all_findings.line
) <= $most
order by
    all_findings.sender_siret, all_findings.submission_id desc, all_findings.severity, all_findings.rule,
    all_findings.column_name, all_findings.line
