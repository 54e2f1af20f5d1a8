-- Follow-ups whose learner is unknown in that session, or waits itself.
select f.submission_id, f.line
from in_force.followups as f
anti join clean.learners as l
    on l.provider_siret = f.provider_siret and l.session_id = f.session_id and l.learner_key = f.learner_key
