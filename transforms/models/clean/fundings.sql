-- what: The fundings that count
-- grain: a funding
-- key: provider_siret, action_id, reference
-- unit: EUR
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.fundings, work.rows_kept_out
-- definition: The rows in force at the reference date, with the file and the line from which they come.
select
    i.submission_id,
    i.line,
    i.provider_siret,
    i.action_id,
    i.reference,
    i.funder,
    i.funder_type,
    i.status,
    i.decided_on,
    i.amount_eur
from in_force.fundings as i
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.submission_id, i.line
