-- what: From which night to which a learner of work.people_with_changes was as it was
-- grain: a row of a file and night from which on it counted, or did not
-- key: provider_siret, session_id, learner_key, from_night
-- unit: none
-- excludes: rows that were replaced in the night in which they came
-- source: history.learners, history.received, work.people_with_changes, work.rows_out_by_night
-- definition: until_night is NULL for what is so at the reference date.
with versions as (
    select
        l.provider_siret,
        l.session_id,
        l.learner_key,
        l.submission_id,
        l.line,
        l.left_on,
        coalesce(l.completion = 'ANNULE', false) as is_cancelled,
        came.night as from_night,
        gone.night as until_night
    from history.learners as l
    semi join work.people_with_changes as p
        on p.provider_siret = l.provider_siret and p.session_id = l.session_id and p.learner_key = l.learner_key
    join history.received as came on came.submission_id = l.submission_id
    left join history.received as gone on gone.submission_id = l.closed_by
),

nights_of_rows as (
    select v.submission_id, v.line, v.from_night as night
    from versions as v
    union
    select v.submission_id, v.line, o.from_night as night
    from versions as v
    join work.rows_out_by_night as o on o.submission_id = v.submission_id and o.line = v.line
    union
    select v.submission_id, v.line, o.until_night as night
    from versions as v
    join work.rows_out_by_night as o on o.submission_id = v.submission_id and o.line = v.line
    where o.until_night is not null
),

spans as (
    select
        v.provider_siret,
        v.session_id,
        v.learner_key,
        v.submission_id,
        v.line,
        v.left_on,
        v.is_cancelled,
        n.night as from_night,
        coalesce(lead(n.night) over (partition by n.submission_id, n.line order by n.night), v.until_night) as until_night
    from versions as v
    join nights_of_rows as n
        on n.submission_id = v.submission_id
        and n.line = v.line
        and n.night >= v.from_night
        and (v.until_night is null or n.night < v.until_night)
)

select
    s.provider_siret,
    s.session_id,
    s.learner_key,
    s.from_night,
    s.until_night,
    s.left_on,
    s.is_cancelled,
    exists (
        select 1
        from work.rows_out_by_night as o
        where o.submission_id = s.submission_id
            and o.line = s.line
            and o.from_night <= s.from_night
            and (o.until_night is null or s.from_night < o.until_night)
    ) as is_kept_out
from spans as s
