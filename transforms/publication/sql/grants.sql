-- The grants that the Region has agreed, one a row, with what its fundings say of the decision and of when it pays
with fundings_of_region as (
    select
        f.provider_siret,
        f.action_id,
        arg_min(f.reference, (f.decided_on, f.reference)) filter (where f.status = 'NOTIFIE') as decision,
        count(distinct f.decided_on) as days,
        min(f.decided_on) as first_on,
        max(f.decided_on) as last_on
    from clean.fundings as f
    where f.funder_type = 'REGION'
    group by f.provider_siret, f.action_id
),

last_days as (
    select s.provider_siret, s.action_id, max(s.ends_on) as ends_on
    from clean.sessions as s
    group by s.provider_siret, s.action_id
)

select
    a.agreed_on,
    f.decision,
    a.provider_name,
    a.provider_siret,
    a.action_id,
    a.title,
    a.grant_eur,
    coalesce(f.days, 0) as days,
    f.first_on,
    f.last_on,
    l.ends_on
from clean.actions as a
left join fundings_of_region as f on f.provider_siret = a.provider_siret and f.action_id = a.action_id
left join last_days as l on l.provider_siret = a.provider_siret and l.action_id = a.action_id
where a.grant_eur > 0
order by a.agreed_on, a.provider_siret, a.action_id
