-- Table pending_findings: the errors and warnings of which their sender was not notified yet
--
-- is_new is false where the sender was notified before of the same fault of the same row, in an earlier file: the finding in
-- the file sent again has the first_seen of the earlier one. Whoever sends a file waits for its verdict, however, so that
-- an error found in the file taken by itself is always new.
create or replace temp table pending_findings as
with
findings_nobody_was_notified_of as (
    select
        all_findings.what,
        all_findings.number,
        all_findings.submission_id,
        all_findings.sender_siret,
        all_findings.kind,
        all_findings.file_name,
        all_findings.line,
        all_findings.column_name,
        all_findings.rule,
        all_findings.severity,
        all_findings.message,
        all_findings.row_key,
        all_findings.first_seen,
        all_findings.is_settled,
        all_findings.is_held
    from all_findings
    anti join (select notified.what, notified.number from notified) as notified
        on notified.what = all_findings.what and notified.number = all_findings.number
),
faults_notified_before as (
    select distinct
        all_findings.kind, all_findings.row_key, all_findings.rule, all_findings.column_name, all_findings.first_seen
    from all_findings
    semi join (select notified.what, notified.number from notified) as notified
        on notified.what = all_findings.what and notified.number = all_findings.number
    semi join (select findings_nobody_was_notified_of.row_key from findings_nobody_was_notified_of) as concerned
        on concerned.row_key = all_findings.row_key
)
select
    pending.what,
    pending.number,
    pending.submission_id,
    pending.sender_siret,
    pending.kind,
    pending.file_name,
    pending.line,
    pending.column_name,
    pending.rule,
    pending.severity,
    pending.message,
    pending.is_settled,
    pending.is_held,
    not pending.is_settled
        and (before.row_key is null or (pending.what = 'finding' and pending.severity = 'error')) as is_new
from findings_nobody_was_notified_of as pending
left join faults_notified_before as before
    on before.kind = pending.kind
    and before.row_key = pending.row_key
    and before.rule = pending.rule
    and before.first_seen = pending.first_seen
    and before.column_name is not distinct from pending.column_name
