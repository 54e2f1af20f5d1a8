-- What erased persons' records named: it had arrived, and is not awaited again although nothing of it is kept.
select erased_scopes.submission_id, erased_scopes.kind, erased_scopes.scope
from old.erased_scopes
union
select rows_learners.submission_id, 'apprenants' as kind, rows_learners.scope
from old.rows_learners
semi join persons using (provider_siret, session_id, learner_ref)
union
select rows_followups.submission_id, 'suivi' as kind, rows_followups.scope
from old.rows_followups
semi join persons using (provider_siret, session_id, learner_ref)
