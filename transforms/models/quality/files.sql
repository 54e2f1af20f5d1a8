-- what: The files that were received by the reference date, and what was decided of each
-- grain: a file
-- key: submission_id
-- unit: records
-- excludes: files received after the reference date
-- source: private.submissions
-- definition: records = accepted + quarantined. Files count in the order of submission_id. Moments are without a zone: with one,
--     DuckDB's Python package needs pytz to hand a row over.
select
    s.submission_id,
    s.file_name,
    s.kind,
    s.provider_siret,
    timezone('Europe/Paris', s.received_at) as received_at,
    s.sha256,
    s.decision,
    s.records,
    s.accepted,
    s.quarantined,
    s.blank_lines
from private.submissions as s
where s.submission_id <= $last
order by s.submission_id
