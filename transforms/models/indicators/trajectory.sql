-- what: From one follow-up horizon to the next: how many leavers went from which class of outcome to which
-- grain: a horizon, the next one, a class at each
-- key: horizon, next_horizon, from_class, to_class
-- unit: learners
-- excludes: leavers who are not mature at both horizons; pairs of classes that nobody has
-- source: indicators.learner_outcome, reference.horizons
-- definition: Horizons follow each other as their windows open. The classes are those of indicators.learner_outcome; unknown and
--     neutralised are classes too. A view: it is computed when it is asked.
-- view: yes
-- columns:
--     horizon: SORTIE, M3 or M6
--     next_horizon: M3, M6 or M12
--     from_class: the class at the horizon
--     to_class: the class at the next one
--     learners: leavers who are mature at both
with horizons_in_order as (
    select
        h.horizon,
        lead(h.horizon) over (order by min(h.opens_after_days)) as next_horizon
    from reference.horizons as h
    group by h.horizon
)

select
    o.horizon,
    h.next_horizon,
    o.outcome_class as from_class,
    n.outcome_class as to_class,
    count(*) as learners
from indicators.learner_outcome as o
join horizons_in_order as h on h.horizon = o.horizon
join indicators.learner_outcome as n
    on n.provider_siret = o.provider_siret
    and n.session_id = o.session_id
    and n.learner_key = o.learner_key
    and n.horizon = h.next_horizon
where o.is_mature and n.is_mature
group by o.horizon, h.next_horizon, o.outcome_class, n.outcome_class
