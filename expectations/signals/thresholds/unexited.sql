-- Sessions of whose people many are in force without an exit, long after the session's due end.
select
    'session' as level,
    l.provider_siret || '/' || l.session_id as level_id,
    count(*) filter (where l.left_on is null) as value,
    count(*) as "of",
    $unexited_days as threshold
from clean.learners as l
join work.due_ends as e on e.provider_siret = l.provider_siret and e.session_id = l.session_id
cross join work.reference_date as d
where l.completion is distinct from 'ANNULE' and date_diff('day', e.due_end_on, d.as_of) > $unexited_days
group by l.provider_siret, l.session_id
having count(*) filter (where l.left_on is null) >= greatest($fewest_people, $unexited_share * count(*))
