-- what: What the Region paid of each call, month by month
-- grain: a call and month of payment
-- key: call_id, month_number
-- unit: EUR
-- excludes: what is planned or notified; other funders
-- source: clean.fundings, clean.actions
-- definition: month_number counts months from year 0. payments = payments above zero; paid is net of what came back.
select
    a.call_id,
    month_number(f.decided_on) as month_number,
    count(*) filter (where f.amount_eur > 0) as payments,
    total_eur(f.amount_eur) as paid
from clean.fundings as f
join clean.actions as a on a.provider_siret = f.provider_siret and a.action_id = f.action_id
where f.funder_type = 'REGION' and f.status = 'VERSE'
group by a.call_id, month_number(f.decided_on)
