-- The money of every provider that has an action
select
    spend_by_provider.provider_siret,
    spend_by_provider.total_cost,
    spend_by_provider."grant",
    spend_by_provider.cap,
    spend_by_provider.cap_headroom,
    spend_by_provider.actions_over_cap,
    spend_by_provider.paid,
    spend_by_provider.notified,
    spend_by_provider.justified,
    spend_by_provider.settlement_due,
    spend_by_provider.state,
    spend_by_provider.cost_per_entrant,
    spend_by_provider.cost_per_positive_exit
from indicators.spend_by_provider as spend_by_provider
