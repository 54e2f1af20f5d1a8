-- what: The actions that count
-- grain: an action
-- key: provider_siret, action_id
-- unit: none
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.actions, work.rows_kept_out
-- definition: The rows in force at the reference date, with the file and the line from which they come.
select
    i.submission_id,
    i.line,
    i.provider_siret,
    i.provider_name,
    i.contact_email,
    i.action_id,
    i.title,
    i.certification_code,
    i.rome_code,
    i.gen_labelled_on,
    i.free_of_charge,
    i.diploma_required,
    i.call_id,
    i.total_cost_eur,
    i.grant_eur,
    i.agreed_on
from in_force.actions as i
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.submission_id, i.line
