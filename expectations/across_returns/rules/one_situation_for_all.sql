-- The last row received of each session and horizon in which all learners have one situation although they are as many as the
-- programme names (the version in force on the reference date).
with sessions_of_one_situation as (
    select
        max(f.submission_id) as submission_id,
        max_by(f.line, f.submission_id * 1000000000 - f.line) as line,
        count(*) as learners
    from in_force.followups as f
    anti join work.rows_kept_out as k on k.submission_id = f.submission_id and k.line = f.line
    group by f.provider_siret, f.session_id, f.horizon
    having min(f.situation) = max(f.situation)
)

select o.submission_id, o.line
from sessions_of_one_situation as o
cross join work.reference_date as d
join work.plausibility_rules as p on p.valid_from <= d.as_of and (p.valid_to is null or d.as_of < p.valid_to)
where o.learners >= p.learners_of_one_situation
