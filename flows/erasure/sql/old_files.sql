-- The bytes that came for the last time before the day $cutoff, and whether anything was ever taken of them.
select submissions.sha256, bool_or(submissions.decision in ('accepted', 'partial')) as was_taken
from submissions
where submissions.decision <> 'duplicate'
group by submissions.sha256
having max(submissions.received_on) < $cutoff
