-- The refused files of which as many findings are kept as are kept at most, so that there may have been more.
select findings.submission_id
from findings
join submissions on submissions.submission_id = findings.submission_id
where submissions.decision = 'refused'
group by findings.submission_id
having count(*) >= $most
