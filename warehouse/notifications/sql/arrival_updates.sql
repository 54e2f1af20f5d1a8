-- The returns that were overdue and have come, of whose arrival their provider was not notified yet (see OverdueUpdate)
select
    pending_arrivals.provider_siret,
    pending_arrivals.kind,
    pending_arrivals.level,
    pending_arrivals.level_id,
    pending_arrivals.horizon,
    pending_arrivals.rule,
    pending_arrivals.due_on,
    pending_arrivals.is_new
from pending_arrivals
order by pending_arrivals.rule, pending_arrivals.level_id, pending_arrivals.horizon
