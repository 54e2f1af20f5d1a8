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
    envelope.exhausted_high,
    (
        select coalesce(sum(actions.grant_eur), 0)
        from clean.actions as actions
        cross join meta.release as release
        where actions.call_id = envelope.call_id and actions.agreed_on <= release.as_of - interval 1 year
    ) as committed_a_year_ago
from indicators.envelope as envelope
order by envelope.envelope desc nulls last, envelope.call_id
