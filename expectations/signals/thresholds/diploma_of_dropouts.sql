-- Providers of whose school drop-outs many have a diploma of level 4 or more.
select
    'provider' as level,
    l.provider_siret as level_id,
    count(*) filter (where l.diploma_level in ('4', '5', '6', '7', '8')) as value,
    count(*) as "of",
    $diploma_of_dropouts_share as threshold
from clean.learners as l
where l.is_dropout = 'OUI' and l.completion is distinct from 'ANNULE'
group by l.provider_siret
having
    count(*) filter (where l.diploma_level in ('4', '5', '6', '7', '8'))
    >= greatest($fewest_people, $diploma_of_dropouts_share * count(*))
