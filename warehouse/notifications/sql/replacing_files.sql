-- The files taken in a provider's name of which it was not notified yet, with each file whose rows they replaced and how many
select
    pending_files.provider_siret,
    pending_files.submission_id,
    pending_files.file_name,
    pending_files.sender,
    pending_files.received_at,
    replaced.file_name as replaced_file_name,
    replaced.sender as replaced_sender,
    replaced.received_at as replaced_received_at,
    count(*) as lines
from pending_files
join closings on closings.kind = pending_files.kind and closings.closed_by = pending_files.submission_id
join submissions as replaced on replaced.submission_id = closings.submission_id
where pending_files.provider_siret is not null
group by
    pending_files.provider_siret, pending_files.submission_id, pending_files.file_name, pending_files.sender,
    pending_files.received_at, replaced.file_name, replaced.sender, replaced.received_at
order by pending_files.submission_id, replaced.received_at, replaced.file_name
