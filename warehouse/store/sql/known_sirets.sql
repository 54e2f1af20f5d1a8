-- The SIRETs of the actions in force.
select distinct rows_actions.provider_siret
from rows_actions
anti join (select closings.submission_id, closings.line from closings where closings.kind = 'actions') as closed
    on closed.submission_id = rows_actions.submission_id and closed.line = rows_actions.line
