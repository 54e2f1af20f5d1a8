-- The envelope of each call for projects
select
    e.call_id,
    e.envelope,
    e.actions,
    e.committed,
    e.paid,
    e.justified,
    e.remaining,
    e.committed_share,
    e.paid_share,
    e.actions_over_cap,
    e.exhausted_low,
    e.exhausted_mid,
    e.exhausted_high
from indicators.envelope as e
order by e.call_id
