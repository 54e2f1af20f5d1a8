-- Providers whose last file of a kind was refused: nothing that came later has settled it
with last_files as (
    select files.provider_siret, files.kind, arg_max(files.decision, files.submission_id) as decision
    from quality.files as files
    where files.decision not in ('held', 'duplicate') and files.provider_siret is not null
    group by files.provider_siret, files.kind
)

select last_files.provider_siret, last_files.kind
from last_files
where last_files.decision = 'refused'
order by last_files.provider_siret, last_files.kind
