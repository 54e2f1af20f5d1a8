-- The files that changed those figures, the last one first
select files.submission_id, files.file_name, files.provider_siret, files.kind
from quality.files as files
where files.submission_id in (
    select unnest(changes.submissions)
    from quality.changes as changes
    where changes.level in ('programme', 'call')
)
order by files.submission_id desc
