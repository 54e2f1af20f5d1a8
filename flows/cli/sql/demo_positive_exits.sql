-- The programme's positive exits after six months, as one text
select printf('%.1f %% (%d of %d leavers)', 100 * e.rate, e.positive, e.known + e.unknown)
from indicators.positive_exit as e
where e.level = 'programme' and e.cohort = 'all' and e.horizon = 'M6'
