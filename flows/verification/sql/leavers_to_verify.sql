-- The leavers of a quarter, mature at a horizon, with what was reported of them, from the published warehouse.
select
    o.provider_siret,
    o.session_id,
    o.learner_key,
    case
        when o.is_positive then 'positive'
        when o.outcome_class in ('unknown', 'neutralised') then o.outcome_class
        else 'not_positive'
    end as reported,
    f.situation,
    f.observed_on,
    f.source
from indicators.learner_outcome as o
left join clean.followups as f
    on f.provider_siret = o.provider_siret
    and f.session_id = o.session_id
    and f.learner_key = o.learner_key
    and f.horizon = o.horizon
where o.horizon = $horizon and o.is_mature and year(o.left_on) || '-Q' || quarter(o.left_on) = $quarter
order by o.provider_siret, o.session_id, o.learner_key
