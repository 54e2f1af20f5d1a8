-- The files of which the published warehouse knows that they name a provider, the last first
select
    files.submission_id,
    files.file_name,
    files.kind,
    files.received_at,
    files.sha256,
    files.decision,
    files.records,
    files.accepted,
    files.quarantined
from quality.files as files
where files.provider_siret = $siret
order by files.submission_id desc
