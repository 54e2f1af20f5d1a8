-- Every action with its money, the actions of a provider by the day on which they were agreed
--
-- provider_name is the one in the agreement of the action: it may have changed since the provider's first one.
select
    actions.provider_siret,
    actions.provider_name,
    actions.title,
    actions.action_id,
    actions.provider_siret || '/' || actions.action_id as level_id,
    spend_by_action.total_cost,
    spend_by_action."grant",
    spend_by_action.cap,
    spend_by_action.cap_headroom,
    spend_by_action.over_cap,
    spend_by_action.paid,
    spend_by_action.notified,
    spend_by_action.justified,
    spend_by_action.settlement_due,
    spend_by_action.state,
    spend_by_action.cost_per_entrant,
    spend_by_action.cost_per_positive_exit
from indicators.spend_by_action as spend_by_action
join clean.actions as actions
    on actions.provider_siret = spend_by_action.provider_siret and actions.action_id = spend_by_action.action_id
order by actions.provider_siret, actions.agreed_on, actions.action_id
