-- what: What audits found of the leavers they drew, once as it was found and once as it would be at worst
-- grain: a leaver drawn, and reading
-- key: audit, number, reading
-- unit: none
-- excludes: nothing
-- source: history.audit_items, history.audit_strata, reference.situation_classes
-- definition: verdict is positive, not_positive or neutralised, NULL of whom nothing was found. Confirmed: what was
--     reported, unknown being not positive. Found otherwise: the class of that situation on the day for which one was
--     reported, else on the day of the finding; in no class it is not positive. Reading found: nothing is said of those out of
--     reach; reading worst: none of them was positive, and all of them count. weight is 1 / the probability of being drawn.
with items_with_their_class as (
    select
        i.audit,
        i.number,
        i.provider_siret,
        case i.reported when 'unknown' then 'not_positive' else i.reported end as reported_group,
        i.is_erased,
        i.finding,
        case when c.is_positive then 'positive' when c.class = 'neutralised' then 'neutralised' else 'not_positive' end
            as found_group,
        1 / s.probability as weight
    from history.audit_items as i
    join history.audit_strata as s on s.audit = i.audit and s.provider_siret = i.provider_siret and s.reported = i.reported
    left join reference.situation_classes as c
        on c.situation = i.found_situation
        and c.valid_from <= coalesce(i.observed_on, i.found_on)
        and (c.valid_to is null or coalesce(i.observed_on, i.found_on) < c.valid_to)
),

readings as (
    select unnest(['found', 'worst']) as reading
)

select
    i.audit,
    i.number,
    r.reading,
    i.provider_siret,
    i.reported_group,
    i.is_erased,
    i.finding,
    case
        when i.finding = 'CONFIRME' then i.reported_group
        when i.finding = 'AUTRE' then i.found_group
        when i.finding = 'INJOIGNABLE' and r.reading = 'worst' then 'not_positive'
    end as verdict,
    i.weight
from items_with_their_class as i
cross join readings as r
