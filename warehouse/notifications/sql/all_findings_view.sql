-- View all_findings: every error and warning that was ever found, in a file taken by itself or across returns
--
-- sender_siret is who sent the file, and who is notified: NULL stands for the Region, which is notified of what is wrong in
-- its own files even where a row of them is about a provider. provider_siret is the provider that quality.findings shows.
-- folder is the folder of the inbox in which the file lay.
-- A file that is set aside has one finding (is_held), which is nobody's fault: mails speak of it in words of its own, and
-- a rejection by the steward settles it too.
-- what and what_settled are the names under which the table notified knows the finding and its settlement.
create or replace temp view all_findings as
select
    'finding' as what,
    'resolution' as what_settled,
    findings.finding_id as number,
    findings.submission_id,
    submissions.provider_siret as sender_siret,
    submissions.provider_siret,
    submissions.kind,
    submissions.file_name,
    submissions.received_at,
    findings.line,
    findings.column_name,
    findings.rule,
    findings.severity,
    findings.message,
    findings.row_key,
    findings.first_seen,
    resolutions.finding_id is not null or rejections.submission_id is not null as is_settled,
    submissions.decision = 'held' as is_held,
    rejections.submission_id is not null as is_rejected,
    submissions.sender as folder
from findings
join submissions on submissions.submission_id = findings.submission_id
left join resolutions on resolutions.finding_id = findings.finding_id
left join rejections on rejections.submission_id = findings.submission_id
where findings.severity in ('error', 'warning')
union all
select
    'cross_finding' as what,
    'cross_resolution' as what_settled,
    cross_findings.finding_id as number,
    cross_findings.submission_id,
    submissions.provider_siret as sender_siret,
    cross_findings.provider_siret,
    submissions.kind,
    submissions.file_name,
    submissions.received_at,
    cross_findings.line,
    cross_findings.column_name,
    cross_findings.rule,
    cross_findings.severity,
    cross_findings.message,
    cross_findings.row_key,
    cross_findings.first_seen,
    cross_resolutions.finding_id is not null as is_settled,
    false as is_held,
    false as is_rejected,
    submissions.sender as folder
from cross_findings
join submissions on submissions.submission_id = cross_findings.submission_id
left join cross_resolutions on cross_resolutions.finding_id = cross_findings.finding_id
where cross_findings.severity in ('error', 'warning')
