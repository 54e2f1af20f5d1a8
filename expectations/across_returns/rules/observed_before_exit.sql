-- Follow-ups observed before the learner left, where both days are known (learners who wait included).
select f.submission_id, f.line
from in_force.followups as f
join in_force.learners as l
    on l.provider_siret = f.provider_siret and l.session_id = f.session_id and l.learner_key = f.learner_key
where f.observed_on < l.left_on
