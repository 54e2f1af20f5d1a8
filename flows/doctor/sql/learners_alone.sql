-- How many learners are alone with their birth year, commune and sex, and how many there are
with groups as (
    select count(*) as learners
    from detail.learners as d
    join clean.learners as l on l.learner_key = d.learner_key
    group by d.birth_year, d.commune_code, l.sex
)

select
    coalesce(sum(g.learners) filter (where g.learners = 1), 0) as alone,
    coalesce(sum(g.learners), 0) as learners
from groups as g
