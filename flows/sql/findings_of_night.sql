-- What a night found in the files that it took, worst first: severity, file, line, rule. $1 is the night, $2 how many at most.
select f.severity, s.file_name, f.line, f.rule
from findings as f
join submissions as s using (submission_id)
where s.run_id = $1
order by case f.severity when 'error' then 1 when 'warning' then 2 else 3 end, s.submission_id, f.line nulls first, f.finding_id
limit $2
