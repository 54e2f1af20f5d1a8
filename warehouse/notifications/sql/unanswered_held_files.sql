-- The files that are set aside and that the steward has not answered, with the first reason why (see HeldFileUpdate)
--
-- Any answer ends the waiting: an accepted file counts from the next night on.
select
    submissions.submission_id,
    submissions.file_name,
    submissions.sender,
    submissions.kind,
    submissions.provider_siret,
    submissions.received_at,
    findings.rule,
    findings.message,
    pending_files.submission_id is not null as is_new
from submissions
join findings on findings.submission_id = submissions.submission_id
left join pending_files on pending_files.submission_id = submissions.submission_id
anti join held_answers on held_answers.submission_id = submissions.submission_id
anti join resolutions on resolutions.finding_id = findings.finding_id
where submissions.decision = 'held' and findings.line is null
qualify row_number() over (partition by submissions.submission_id order by findings.finding_id) = 1
order by submissions.submission_id
