-- The files of which their sender was not notified yet, and earlier ones in which something new was found (see FileUpdate)
select
    pending_files.provider_siret,
    pending_files.submission_id,
    pending_files.file_name,
    pending_files.kind,
    pending_files.received_at,
    pending_files.decision,
    pending_files.records,
    pending_files.accepted,
    pending_files.quarantined,
    true as is_new,
    pending_files.released_from,
    pending_files.received_on
from pending_files
union all
select
    submissions.provider_siret,
    submissions.submission_id,
    submissions.file_name,
    submissions.kind,
    submissions.received_at,
    submissions.decision,
    submissions.records,
    submissions.accepted,
    submissions.quarantined,
    false as is_new,
    null as released_from,
    submissions.received_on
from submissions
semi join (
    select pending_findings.submission_id
    from pending_findings
    where pending_findings.is_new and not pending_findings.is_held
) as with_new_findings on with_new_findings.submission_id = submissions.submission_id
anti join pending_files on pending_files.submission_id = submissions.submission_id
order by submission_id
