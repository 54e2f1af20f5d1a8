-- The money of a provider's actions
select spend.actions, spend.total_cost, spend."grant", spend.paid, spend.justified, spend.settlement_due, spend.entrants
from indicators.spend_by_provider as spend
where spend.provider_siret = $siret
