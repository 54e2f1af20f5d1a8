-- The files that the steward has rejected, of which their provider was not notified yet (see RejectedFileUpdate)
select distinct
    pending_settlements.sender_siret,
    pending_settlements.submission_id,
    pending_settlements.file_name,
    pending_settlements.folder,
    pending_settlements.received_at
from pending_settlements
where pending_settlements.is_held and pending_settlements.is_rejected
order by pending_settlements.submission_id
