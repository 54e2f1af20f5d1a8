-- what: Every version of every session that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: nothing
-- source: private.rows_sessions, private.closings
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force.
select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.action_id,
    r.session_id,
    r.commune_code,
    r.starts_on,
    r.ends_on,
    r.seats,
    c.closed_by
from private.rows_sessions as r
left join private.closings as c
    on c.kind = 'sessions' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= $last
