-- Providers of whose learners many stand in force twice in a session, or at another provider too.
with repeated as (
    select r.provider_siret, count(*) as learners
    from history.repeated_people as r
    group by r.provider_siret
),

learners as (
    select l.provider_siret, count(*) as learners
    from clean.learners as l
    group by l.provider_siret
)

select
    'provider' as level,
    r.provider_siret as level_id,
    r.learners as value,
    l.learners as "of",
    $same_person_share as threshold
from repeated as r
join learners as l on l.provider_siret = r.provider_siret
where r.learners >= greatest($fewest_people, $same_person_share * l.learners)
