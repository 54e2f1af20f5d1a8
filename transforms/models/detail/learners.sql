-- what: Birth year and commune of the learners that count
-- grain: a learner
-- key: learner_key
-- unit: none
-- excludes: learners who are not in clean.learners
-- source: in_force.learners, clean.learners
-- definition: Made only where the setting analysts_detail is true: many learners are alone with theirs, so whoever reads this
--     may recognise people.
select
    i.learner_key,
    i.birth_year,
    i.commune_code
from in_force.learners as i
semi join clean.learners as l on l.learner_key = i.learner_key
order by i.learner_key
