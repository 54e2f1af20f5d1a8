-- How many files were decided in which way, the most frequent decision first
select files.decision, count(*) as files
from quality.files as files
group by files.decision
order by count(*) desc, files.decision
