-- what: From which night to which an answer of work.people_with_changes was as it was
-- grain: a row of a file and night from which on it counted, or did not
-- key: provider_siret, session_id, learner_key, horizon, from_night
-- unit: none
-- excludes: rows that were replaced in the night in which they came
-- source: history.followups, history.received, work.people_with_changes, work.rows_out_by_night,
--     reference.situation_classes
-- definition: until_night is NULL for what is so at the reference date.
with versions as (
    select
        f.provider_siret,
        f.session_id,
        f.learner_key,
        f.submission_id,
        f.line,
        f.horizon,
        coalesce(c.class, 'unknown') as class,
        coalesce(c.is_positive, false) as is_positive,
        came.night as from_night,
        gone.night as until_night
    from history.followups as f
    semi join work.people_with_changes as p
        on p.provider_siret = f.provider_siret and p.session_id = f.session_id and p.learner_key = f.learner_key
    join history.received as came on came.submission_id = f.submission_id
    left join history.received as gone on gone.submission_id = f.closed_by
    left join reference.situation_classes as c
        on c.situation = f.situation
        and c.valid_from <= f.observed_on
        and (c.valid_to is null or f.observed_on < c.valid_to)
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
        v.horizon,
        v.class,
        v.is_positive,
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
    s.horizon,
    s.from_night,
    s.until_night,
    s.class,
    s.is_positive,
    exists (
        select 1
        from work.rows_out_by_night as o
        where o.submission_id = s.submission_id
            and o.line = s.line
            and o.from_night <= s.from_night
            and (o.until_night is null or s.from_night < o.until_night)
    ) as is_kept_out
from spans as s
