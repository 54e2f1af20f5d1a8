-- Expenses whose action no return of the Region has named yet.
select e.submission_id, e.line
from in_force.expenses as e
anti join clean.actions as a on a.provider_siret = e.provider_siret and a.action_id = e.action_id
