-- what: What became of each session's leavers, at each horizon
-- grain: a session, quarter of leaving and horizon
-- key: provider_siret, session_id, quarter, horizon
-- unit: learners
-- excludes: entrants who have not left by the reference date; in all columns but leavers, those not yet mature
-- source: sums.session_outcomes
-- definition: as indicators.positive_exit
select
    x.provider_siret,
    x.session_id,
    x.quarter,
    x.horizon,
    total(x.leavers) as leavers,
    total_where(x.leavers, x.outcome_class <> 'not_mature') as mature,
    total_where(x.leavers, x.outcome_class = 'neutralised') as neutralised,
    total_where(x.leavers, x.outcome_class not in ('not_mature', 'neutralised', 'unknown')) as known,
    total_where(x.leavers, x.outcome_class = 'unknown') as unknown,
    total_where(x.leavers, x.is_positive) as positive,
    total_where(x.leavers, x.is_positive_strict) as positive_strict,
    total_where(x.leavers, x.outcome_class in ('durable', 'other_employment')) as employed,
    total_where(x.leavers, x.outcome_class = 'durable') as durable,
    total_where(x.leavers, x.outcome_class = 'training') as training,
    total_where(x.leavers, x.outcome_class = 'other') as other,
    total_where(x.leavers, x.is_digital_job) as employed_digital
from sums.session_outcomes as x
group by x.provider_siret, x.session_id, x.quarter, x.horizon
