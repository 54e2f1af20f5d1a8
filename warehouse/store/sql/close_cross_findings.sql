-- The findings across returns that stood and that this night no longer saw.
insert into cross_resolutions
select standing.finding_id, $at as resolved_at
from standing
where not exists (
    select 1
    from seen
    where seen.submission_id = standing.submission_id
        and seen.line is not distinct from standing.line
        and seen.column_name is not distinct from standing.column_name
        and seen.rule = standing.rule
)
