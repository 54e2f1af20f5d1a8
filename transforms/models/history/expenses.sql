-- what: Every version of every expense that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: nothing
-- source: private.rows_expenses, private.closings
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force.
select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.action_id,
    r.document_ref,
    r.spent_on,
    r.cost_category,
    r.amount_eur,
    c.closed_by
from private.rows_expenses as r
left join private.closings as c
    on c.kind = 'depenses' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= $last
