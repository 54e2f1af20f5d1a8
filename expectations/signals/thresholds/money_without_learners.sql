-- Actions with money paid or justified, into which nobody has entered long after the agreement.
select
    'action' as level,
    s.provider_siret || '/' || s.action_id as level_id,
    greatest(s.paid, s.justified) as value,
    cast(null as bigint) as "of",
    $no_learner_days as threshold
from indicators.spend_by_action as s
join clean.actions as a on a.provider_siret = s.provider_siret and a.action_id = s.action_id
cross join work.reference_date as d
where
    s.entrants = 0
    and (s.paid > 0 or s.justified > 0)
    and date_diff('day', a.agreed_on, d.as_of) > $no_learner_days
