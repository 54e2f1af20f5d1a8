-- The files that changed figures since the release that quality.changes compares with, those of most values first
select files.file_name, count(*) as figures
from (select unnest(changes.submissions) as submission_id from quality.changes as changes) as changed
join quality.files as files on files.submission_id = changed.submission_id
group by files.submission_id, files.file_name
order by figures desc, files.submission_id
