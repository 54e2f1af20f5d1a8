-- The findings across returns that stand since this night. Of a row that was sent again the finding is a new one, since the row
-- is another line of another file; but what it says has been so since the first of them.
insert into cross_findings
with
    standing_by_row as (
        select standing.kind, standing.row_key, standing.rule, standing.column_name, min(standing.first_seen) as first_seen
        from standing
        where standing.row_key is not null
        group by standing.kind, standing.row_key, standing.rule, standing.column_name
    )
select
    $first + row_number() over (order by seen.submission_id, seen.line, seen.rule, seen.column_name) - 1 as finding_id,
    seen.submission_id, seen.line, seen.kind, seen.provider_siret, seen.column_name, seen.rule, seen.severity, seen.message,
    seen.row_key,
    coalesce(standing_by_row.first_seen, $at) as first_seen,
    $at as opened_at
from seen
left join standing_by_row
    on standing_by_row.kind = seen.kind
    and standing_by_row.row_key = seen.row_key
    and standing_by_row.rule = seen.rule
    and standing_by_row.column_name is not distinct from seen.column_name
where not exists (
    select 1
    from standing
    where standing.submission_id = seen.submission_id
        and standing.line is not distinct from seen.line
        and standing.column_name is not distinct from seen.column_name
        and standing.rule = seen.rule
)
