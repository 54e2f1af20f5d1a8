-- Sessions whose list of learners several files have made shorter.
with files_that_retire as (
    select l.provider_siret, l.session_id, l.closed_by, count(*) as closed
    from history.learners as l
    where l.closed_by is not null
    group by l.provider_siret, l.session_id, l.closed_by
),

rows_of_files as (
    select l.provider_siret, l.session_id, l.submission_id, count(*) as rows
    from history.learners as l
    semi join files_that_retire as f
        on f.provider_siret = l.provider_siret and f.session_id = l.session_id and f.closed_by = l.submission_id
    group by l.provider_siret, l.session_id, l.submission_id
)

select
    'session' as level,
    f.provider_siret || '/' || f.session_id as level_id,
    count(*) as value,
    cast(null as bigint) as "of",
    $shortened_steps as threshold
from files_that_retire as f
left join rows_of_files as r
    on r.provider_siret = f.provider_siret and r.session_id = f.session_id and r.submission_id = f.closed_by
where f.closed > coalesce(r.rows, 0)
group by f.provider_siret, f.session_id
having count(*) >= $shortened_steps
