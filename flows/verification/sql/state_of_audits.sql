-- Each audit with its state: how many were drawn, how many of them were erased since, what the results that count say of the
-- others.
with last_sendings as (
    select r.audit, max(r.sending) as sending
    from audit_results as r
    group by r.audit
),

results as (
    select
        r.audit,
        count(*) filter (where r.finding = 'CONFIRME') as confirmed,
        count(*) filter (where r.finding = 'AUTRE') as other,
        count(*) filter (where r.finding = 'INJOIGNABLE') as unreachable,
        max(r.received_on) as received_on
    from audit_results as r
    semi join last_sendings as l on l.audit = r.audit and l.sending = r.sending
    group by r.audit
),

drawn as (
    select i.audit, count(*) as drawn, count(*) filter (where i.learner_key is null) as erased
    from audit_items as i
    group by i.audit
),

populations as (
    select s.audit, sum(s.population) as population, count(distinct s.provider_siret) as providers
    from audit_strata as s
    group by s.audit
)

select
    d.audit, d.quarter, d.horizon, d.asked, d.seed, d.as_of, d.drawn_on, d.signalled, p.population, p.providers,
    n.drawn, n.erased, coalesce(r.confirmed, 0) as confirmed, coalesce(r.other, 0) as other,
    coalesce(r.unreachable, 0) as unreachable, r.received_on
from audit_draws as d
join populations as p on p.audit = d.audit
join drawn as n on n.audit = d.audit
left join results as r on r.audit = d.audit
order by d.audit
