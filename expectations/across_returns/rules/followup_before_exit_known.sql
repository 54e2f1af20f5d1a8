-- Follow-ups of learners who have not left, or whose enrolment is cancelled.
select f.submission_id, f.line
from in_force.followups as f
join clean.learners as l
    on l.provider_siret = f.provider_siret and l.session_id = f.session_id and l.learner_key = f.learner_key
where l.left_on is null or l.completion = 'ANNULE'
