-- Sessions whose action no return of the Region has named yet.
select s.submission_id, s.line
from in_force.sessions as s
anti join clean.actions as a on a.provider_siret = s.provider_siret and a.action_id = s.action_id
