-- what: Every version of every action that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: nothing
-- source: private.rows_actions, private.closings
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force.
select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.provider_name,
    r.contact_email,
    r.action_id,
    r.title,
    r.certification_code,
    r.rome_code,
    r.gen_labelled_on,
    r.free_of_charge,
    r.diploma_required,
    r.call_id,
    r.total_cost_eur,
    r.grant_eur,
    r.agreed_on,
    c.closed_by
from private.rows_actions as r
left join private.closings as c
    on c.kind = 'actions' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= $last
