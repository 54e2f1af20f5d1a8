-- Notes in work.cross_findings what one rule finds: its file is put in as the first CTE, and the table of its return below.
insert into work.cross_findings
with rows_that_break_it as (
{rows_that_break_it}
)

select
    b.submission_id,
    b.line,
    $kind as kind,
    i.provider_siret,
    $column_name as column_name,
    $rule as rule,
    $severity as severity,
    $message as message
from rows_that_break_it as b
join in_force.{table} as i on i.submission_id = b.submission_id and i.line = b.line
