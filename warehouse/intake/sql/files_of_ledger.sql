-- The files of the ledger as its copy notes them. A held file has one finding, which says why; what the archive keeps is not
-- looked up here.
select
    submissions.submission_id, submissions.run_id, submissions.file_name, submissions.sha256, submissions.received_at,
    submissions.identity, null as kept, submissions.sender, submissions.released_from,
    findings.rule, findings.message, submissions.kind, submissions.provider_siret
from submissions
left join findings on findings.submission_id = submissions.submission_id and submissions.decision = 'held'
order by submissions.submission_id
