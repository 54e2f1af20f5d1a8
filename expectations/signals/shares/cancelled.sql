-- Of the learners in force, and of those who were ANNULE and then left out, those who are ANNULE, from the first file on or later.
with learners_left_out as (
    select distinct h.provider_siret, h.session_id, h.learner_key
    from history.learners as h
    anti join clean.learners as l
        on l.provider_siret = h.provider_siret and l.session_id = h.session_id and l.learner_key = h.learner_key
    where h.completion = 'ANNULE' and h.closed_by is not null
),

learners as (
    select l.provider_siret, l.completion
    from clean.learners as l
    union all
    select o.provider_siret, 'ANNULE' as completion
    from learners_left_out as o
)

select l.provider_siret, '' as part, count(*) filter (where l.completion = 'ANNULE') as k, count(*) as n
from learners as l
group by l.provider_siret
