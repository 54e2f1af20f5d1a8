-- Follow-ups that count although observed outside the window of their horizon (the one in force when the learner left).
select f.submission_id, f.line
from in_force.followups as f
anti join work.rows_kept_out as k on k.submission_id = f.submission_id and k.line = f.line
join clean.learners as l
    on l.provider_siret = f.provider_siret and l.session_id = f.session_id and l.learner_key = f.learner_key
join reference.horizons as h
    on h.horizon = f.horizon
    and h.valid_from <= l.left_on
    and (h.valid_to is null or l.left_on < h.valid_to)
where date_diff('day', l.left_on, f.observed_on) not between h.opens_after_days and h.closes_after_days
