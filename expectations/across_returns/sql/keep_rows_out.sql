-- Notes in work.rows_kept_out the rows that break one of $rules.
insert into work.rows_kept_out
select
    f.submission_id,
    f.line
from work.cross_findings as f
where list_contains($rules, f.rule)
