-- The quality of the returns of every provider
select
    provider_scores.provider_siret,
    provider_scores.files,
    provider_scores.records,
    provider_scores.accepted_share,
    provider_scores.open_errors,
    provider_scores.open_warnings,
    provider_scores.overdue
from quality.provider_scores as provider_scores
