-- What the Region has paid in each month with a payment, by call for projects, and in all up to that month
select
    actions.call_id,
    date_trunc('month', fundings.decided_on)::date as month,
    sum(fundings.amount_eur) as paid,
    sum(sum(fundings.amount_eur)) over (
        partition by actions.call_id order by date_trunc('month', fundings.decided_on)
    ) as paid_to_date
from clean.fundings as fundings
join clean.actions as actions
    on actions.provider_siret = fundings.provider_siret and actions.action_id = fundings.action_id
where fundings.funder_type = 'REGION' and fundings.status = 'VERSE'
group by actions.call_id, date_trunc('month', fundings.decided_on)
order by actions.call_id, month
