-- The verdict on each session that somebody entered by the period's end: by the rule when it starts, on its counts by then
with audiences as (
    select a.level_id, sum(a.entrants) as entrants, sum(a.priority) as priority, sum(a.undetermined) as undetermined
    from indicators.audience_mix as a
    where a.level = 'session' and a.cohort <> 'all' and a.cohort <= $period
    group by a.level_id
    having sum(a.entrants) > 0
)

select
    a.level_id,
    r.target_numerator,
    r.target_denominator,
    case
        when r.target_denominator * a.priority >= r.target_numerator * a.entrants then 'met'
        when r.target_denominator * (a.priority + a.undetermined) < r.target_numerator * a.entrants then 'not_met'
        else 'undetermined'
    end as verdict
from audiences as a
join reference.sessions as s on s.level_id = a.level_id
join reference.audience_rules as r on r.valid_from <= s.starts_on and (r.valid_to is null or s.starts_on < r.valid_to)
