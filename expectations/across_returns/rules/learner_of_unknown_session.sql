-- Learners whose session is unknown, or waits itself.
select l.submission_id, l.line
from in_force.learners as l
anti join clean.sessions as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
