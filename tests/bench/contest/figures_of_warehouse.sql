select
    m.entrants, m.priority, e.leavers, e.known, e.positive, e.rate, m.priority_share,
    (select sum(s.justified) from indicators.spend_by_action as s) as justified,
    (select sum(s.paid) from indicators.spend_by_action as s) as paid
from indicators.positive_exit as e
cross join indicators.audience_mix as m
where e.level = 'programme' and e.cohort = 'all' and e.horizon = 'M6' and m.level = 'programme' and m.cohort = 'all'
