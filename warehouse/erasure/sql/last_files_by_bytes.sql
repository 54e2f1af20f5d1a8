-- The file that speaks for its bytes: of those that came several times the one that was taken counts, else the last.
select submissions.sha256, submissions.submission_id, submissions.kind, submissions.decision
from submissions
where submissions.decision <> 'duplicate'
qualify
    row_number() over (
        partition by submissions.sha256
        order by submissions.decision in ('accepted', 'partial') desc, submissions.submission_id desc
    ) = 1
