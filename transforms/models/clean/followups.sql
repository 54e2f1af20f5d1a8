-- what: The follow-ups that count
-- grain: a follow-up
-- key: provider_siret, session_id, learner_key, horizon
-- unit: none
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.followups, work.rows_kept_out
-- definition: Neither the file, nor the line, nor the order of the rows tells a learner's row of a file.
select
    i.provider_siret,
    i.session_id,
    i.learner_key,
    i.horizon,
    i.observed_on,
    i.situation,
    i.is_digital_job,
    i.source
from in_force.followups as i
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.provider_siret, i.session_id, i.learner_key, i.horizon
