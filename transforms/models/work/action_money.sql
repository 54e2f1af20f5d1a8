-- what: Cost, grant, cap, payments, expenses and heads of each action
-- grain: an action
-- key: provider_siret, action_id
-- unit: EUR; learners
-- excludes: money that is only planned (PREVU)
-- source: clean.actions, clean.fundings, clean.expenses, reference.calls, work.action_heads
-- definition: As indicators.spend_by_action. The call's rule is the one in force on the day of the agreement. Amounts are
--     wide here, so that no sum of absurd amounts stops the night.
with fundings_of_actions as (
    select
        f.provider_siret,
        f.action_id,
        total_eur(f.amount_eur) filter (where f.funder_type = 'REGION' and f.status = 'VERSE') as paid,
        total_eur(f.amount_eur) filter (where f.funder_type = 'REGION' and f.status = 'NOTIFIE') as notified,
        total_eur(f.amount_eur)
            filter (where f.funder_type in ('ETAT', 'COLLECTIVITE', 'EUROPE') and f.status = 'VERSE')
            as cofinancing_public,
        total_eur(f.amount_eur)
            filter (where f.funder_type in ('OPCO', 'ENTREPRISE', 'AUTRE') and f.status = 'VERSE')
            as cofinancing_private
    from clean.fundings as f
    group by f.provider_siret, f.action_id
)
select 1
