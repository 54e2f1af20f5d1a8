-- The hashed national references that stand for several people, whose birth dates differ: they are nobody's.
select rows_learners.national_ref
from rows_learners
where rows_learners.national_ref is not null
group by rows_learners.national_ref
having count(distinct rows_learners.born_on) >= 3
