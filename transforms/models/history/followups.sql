-- what: Every version of every follow-up that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: references of learners
-- source: private.rows_followups, private.closings
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force. A learner is its pseudonym.
select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.session_id,
    r.learner_key,
    r.horizon,
    r.observed_on,
    r.situation,
    r.is_digital_job,
    r.source,
    c.closed_by
from private.rows_followups as r
left join private.closings as c
    on c.kind = 'suivi' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= $last
