-- The last row received of each session and horizon in which 20 learners or more all have one situation.
select
    max(f.submission_id) as submission_id,
    max_by(f.line, f.submission_id * 1000000000 - f.line) as line
from in_force.followups as f
semi join clean.followups as k on k.learner_key = f.learner_key and k.horizon = f.horizon
group by f.provider_siret, f.session_id, f.horizon
having count(*) >= 20 and count(distinct f.situation) = 1
