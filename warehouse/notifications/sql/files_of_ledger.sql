-- The files of the ledger that follow a file, as many as are asked for, in the order in which they count.
select
    submissions.submission_id, submissions.run_id, submissions.file_name, submissions.kind, submissions.provider_siret,
    submissions.received_at, submissions.received_on, submissions.sha256, submissions.decision, submissions.records,
    submissions.accepted, submissions.quarantined, submissions.blank_lines, submissions.identity, submissions.sender,
    submissions.released_from
from submissions
where submissions.submission_id > $after
order by submissions.submission_id
limit $limit
