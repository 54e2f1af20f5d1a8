-- what: Learners in force who stand twice in their session, or at another provider too
-- grain: a learner of a session
-- key: provider_siret, session_id, learner_key
-- unit: none
-- excludes: people in several sessions of one provider
-- source: private.rows_learners, private.closings
-- definition: Two rows are one person where both have the same national hash; without one, where they are in the same session and
--     have the same birth date, sex and commune. Of two providers these three say little: in a large town somebody else has them.
with learners as (
    select
        r.provider_siret,
        r.session_id,
        r.learner_key,
        r.national_ref,
        r.born_on,
        r.sex,
        r.commune_code
    from private.rows_learners as r
    anti join private.closings as c
        on c.kind = 'apprenants' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
    where r.submission_id <= $last and r.completion is distinct from 'ANNULE'
),

national_references as (
    select l.national_ref
    from learners as l
    where l.national_ref is not null
    group by l.national_ref
    having count(distinct l.provider_siret) > 1 or count(*) > count(distinct l.provider_siret || chr(31) || l.session_id)
),

people_of_sessions as (
    select l.provider_siret, l.session_id, l.born_on, l.sex, l.commune_code
    from learners as l
    group by l.provider_siret, l.session_id, l.born_on, l.sex, l.commune_code
    having count(*) > 1
)

select l.provider_siret, l.session_id, l.learner_key
from learners as l
semi join national_references as n on n.national_ref = l.national_ref
union
select l.provider_siret, l.session_id, l.learner_key
from learners as l
semi join people_of_sessions as p
    on p.provider_siret = l.provider_siret
    and p.session_id = l.session_id
    and p.born_on = l.born_on
    and p.sex = l.sex
    and p.commune_code = l.commune_code
