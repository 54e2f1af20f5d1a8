-- Table pending_settlements: the errors and warnings that are settled, of whose settlement their sender was not notified yet
--
-- is_new is true where the sender is to be thanked: it was notified of the fault, and the fault is not found any more. A row
-- sent again with the same fault closes one finding and opens another one, so that nothing is settled then; nor is the fault
-- of a whole file settled while a later file of the same sender has it too. The answer to a file that was set aside is
-- always new.
create or replace temp table pending_settlements as
with
settlements_nobody_was_notified_of as (
    select
        all_findings.what,
        all_findings.what_settled,
        all_findings.number,
        all_findings.submission_id,
        all_findings.sender_siret,
        all_findings.kind,
        all_findings.file_name,
        all_findings.received_at,
        all_findings.line,
        all_findings.column_name,
        all_findings.rule,
        all_findings.row_key,
        all_findings.is_held,
        all_findings.is_rejected,
        all_findings.folder
    from all_findings
    anti join (select notified.what, notified.number from notified) as notified
        on notified.what = all_findings.what_settled and notified.number = all_findings.number
    where all_findings.is_settled
),
faults_of_rows_that_remain as (
    select distinct all_findings.kind, all_findings.row_key, all_findings.rule, all_findings.column_name
    from all_findings
    semi join (select settlements_nobody_was_notified_of.row_key from settlements_nobody_was_notified_of) as concerned
        on concerned.row_key = all_findings.row_key
    where not all_findings.is_settled
),
faults_of_files_that_remain as (
    select distinct all_findings.sender_siret, all_findings.kind, all_findings.rule
    from all_findings
    where not all_findings.is_settled and all_findings.row_key is null
)
select
    pending.what_settled,
    pending.number,
    pending.submission_id,
    pending.sender_siret,
    pending.kind,
    pending.file_name,
    pending.received_at,
    pending.line,
    pending.column_name,
    pending.rule,
    pending.row_key,
    pending.is_held,
    pending.is_rejected,
    pending.folder,
    pending.is_held
        or (notified.number is not null and of_row.row_key is null and of_file.rule is null) as is_new
from settlements_nobody_was_notified_of as pending
left join (select notified.what, notified.number from notified) as notified
    on notified.what = pending.what and notified.number = pending.number
left join faults_of_rows_that_remain as of_row
    on of_row.kind = pending.kind
    and of_row.row_key = pending.row_key
    and of_row.rule = pending.rule
    and of_row.column_name is not distinct from pending.column_name
left join faults_of_files_that_remain as of_file
    on pending.row_key is null
    and of_file.sender_siret is not distinct from pending.sender_siret
    and of_file.kind = pending.kind
    and of_file.rule = pending.rule
