-- what: The expenses that count
-- grain: an expense
-- key: provider_siret, action_id, document_ref
-- unit: EUR
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.expenses, work.rows_kept_out
-- definition: The rows in force at the reference date, with the file and the line from which they come.
select
    i.submission_id,
    i.line,
    i.provider_siret,
    i.action_id,
    i.document_ref,
    i.spent_on,
    i.cost_category,
    i.amount_eur
from in_force.expenses as i
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.submission_id, i.line
