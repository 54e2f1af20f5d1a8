-- Sessions of whose leavers many left long after the session's due end.
select
    'session' as level,
    l.provider_siret || '/' || l.session_id as level_id,
    count(*) filter (where date_diff('day', e.due_end_on, l.left_on) > $late_exit_days) as value,
    count(*) as "of",
    $late_exit_days as threshold
from clean.learners as l
join work.due_ends as e on e.provider_siret = l.provider_siret and e.session_id = l.session_id
where l.left_on is not null
group by l.provider_siret, l.session_id
having
    count(*) filter (where date_diff('day', e.due_end_on, l.left_on) > $late_exit_days)
    >= greatest($fewest_people, $late_exit_share * count(*))
