-- Sessions whose last day was moved once it had passed, as far as the last of such files moved it from the due end.
with versions as (
    select s.provider_siret, s.session_id, s.ends_on, e.due_end_on
    from history.sessions as s
    join history.received as r on r.submission_id = s.submission_id
    join work.due_ends as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
    where r.received_on > e.due_end_on
)

select
    'session' as level,
    v.provider_siret || '/' || v.session_id as level_id,
    max(abs(date_diff('day', v.due_end_on, v.ends_on))) as value,
    cast(null as bigint) as "of",
    $moved_end_days as threshold
from versions as v
group by v.provider_siret, v.session_id
having max(abs(date_diff('day', v.due_end_on, v.ends_on))) >= $moved_end_days
