-- The last file with these bytes of which anything was taken.
select submissions.submission_id, submissions.kind, submissions.file_name, submissions.received_on
from submissions
where submissions.sha256 = $sha256 and submissions.decision in ('accepted', 'partial')
order by submissions.submission_id desc
limit 1
