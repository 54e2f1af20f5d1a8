-- The files taken in the name of the providers $sirets, in the order in which they count
select
    submissions.provider_siret,
    submissions.submission_id,
    submissions.received_at,
    submissions.sender,
    submissions.file_name,
    submissions.kind,
    submissions.accepted,
    submissions.sha256,
    submissions.decision
from submissions
where submissions.decision in ('accepted', 'partial') and list_contains($sirets, submissions.provider_siret)
order by submissions.submission_id
