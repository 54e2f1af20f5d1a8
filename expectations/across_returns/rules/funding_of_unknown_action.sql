-- Fundings whose action no return of the Region has named yet.
select f.submission_id, f.line
from in_force.fundings as f
anti join clean.actions as a on a.provider_siret = f.provider_siret and a.action_id = f.action_id
