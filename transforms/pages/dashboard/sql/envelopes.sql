-- The envelope of every call for projects, the largest first
select
    envelope.call_id,
    envelope.envelope,
    envelope.actions,
    envelope.committed,
    envelope.committed_share,
    envelope.remaining,
    envelope.paid,
    envelope.paid_share,
    envelope.justified,
    envelope.actions_over_cap,
    envelope.exhausted_low,
    envelope.exhausted_mid,
    envelope.exhausted_high
from indicators.envelope as envelope
order by envelope.envelope desc nulls last, envelope.call_id
