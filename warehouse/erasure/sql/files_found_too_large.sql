-- The bytes of the files that were found too large to be read.
select submissions.sha256
from submissions
join findings on findings.submission_id = submissions.submission_id
where findings.rule = 'FIC-09' and findings.line is null
