-- What was found across returns, as the store takes it.
select
    f.submission_id,
    f.line,
    f.kind,
    f.provider_siret,
    f.column_name,
    f.rule,
    f.severity,
    f.message
from work.cross_findings as f
