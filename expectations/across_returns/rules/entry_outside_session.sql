-- Learners who entered longer before their session began, or after it ended, than the programme takes for plausible (the
-- version in force when the session starts).
select l.submission_id, l.line
from in_force.learners as l
anti join work.rows_kept_out as k on k.submission_id = l.submission_id and k.line = l.line
join clean.sessions as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
join work.plausibility_rules as p on p.valid_from <= s.starts_on and (p.valid_to is null or s.starts_on < p.valid_to)
where
    l.entered_on < s.starts_on - p.entry_outside_session_days
    or l.entered_on > s.ends_on + p.entry_outside_session_days
