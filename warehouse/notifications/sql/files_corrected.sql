-- The files of earlier nights of which a fault that their sender was notified of is settled (see CorrectedFile)
select distinct
    pending_settlements.sender_siret,
    pending_settlements.submission_id,
    submissions.file_name,
    case when submissions.decision = 'refused' then submissions.records else 0 end as refused
from pending_settlements
join submissions on submissions.submission_id = pending_settlements.submission_id
anti join pending_files on pending_files.submission_id = pending_settlements.submission_id
where pending_settlements.is_new and submissions.decision in ('partial', 'refused')
order by pending_settlements.submission_id
