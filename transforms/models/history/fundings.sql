-- what: Every version of every funding that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: nothing
-- source: private.rows_fundings, private.closings
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force.
select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.action_id,
    r.reference,
    r.funder,
    r.funder_type,
    r.status,
    r.decided_on,
    r.amount_eur,
    c.closed_by
from private.rows_fundings as r
left join private.closings as c
    on c.kind = 'financements' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= $last
