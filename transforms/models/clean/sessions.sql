-- what: The sessions that count
-- grain: a session
-- key: provider_siret, session_id
-- unit: none
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.sessions, work.rows_kept_out
-- definition: The rows in force at the reference date, with the file and the line from which they come.
select
    i.submission_id,
    i.line,
    i.provider_siret,
    i.action_id,
    i.session_id,
    i.commune_code,
    i.starts_on,
    i.ends_on,
    i.seats
from in_force.sessions as i
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.submission_id, i.line
