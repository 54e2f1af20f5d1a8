-- Learners who entered over 30 days before their session began, or over 30 days after it ended.
select l.submission_id, l.line
from in_force.learners as l
semi join clean.learners as k on k.learner_key = l.learner_key
join clean.sessions as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
where l.entered_on < s.starts_on - interval 30 day or l.entered_on > s.ends_on + interval 30 day
