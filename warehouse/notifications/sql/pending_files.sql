-- Table pending_files: the files received of which their sender was not notified yet
create or replace temp table pending_files as
select
    submissions.submission_id,
    submissions.file_name,
    submissions.kind,
    submissions.provider_siret,
    submissions.received_at,
    submissions.decision,
    submissions.records,
    submissions.accepted,
    submissions.quarantined,
    submissions.sender,
    submissions.released_from,
    submissions.received_on
from submissions
anti join (select notified.number from notified where notified.what = 'submission') as notified
    on notified.number = submissions.submission_id
