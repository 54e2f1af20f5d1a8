-- How many left in a quarter, whether mature at a horizon or not.
select count(*) as leavers
from indicators.learner_outcome as o
where o.horizon = $horizon and year(o.left_on) || '-Q' || quarter(o.left_on) = $quarter
