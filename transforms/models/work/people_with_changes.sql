-- what: Learners of whom a row was replaced, retired or kept out at least once, their own or an answer
-- grain: a learner of a session
-- key: provider_siret, session_id, learner_key
-- unit: none
-- excludes: learners whose rows have counted since they came
-- source: history.learners, history.followups, work.rows_out_by_night
-- definition: Of these the ledger of the rates goes from night to night; of the others one look says all.
select l.provider_siret, l.session_id, l.learner_key
from history.learners as l
where l.closed_by is not null
union
select l.provider_siret, l.session_id, l.learner_key
from history.learners as l
semi join work.rows_out_by_night as o on o.submission_id = l.submission_id and o.line = l.line
union
select f.provider_siret, f.session_id, f.learner_key
from history.followups as f
where f.closed_by is not null
union
select f.provider_siret, f.session_id, f.learner_key
from history.followups as f
semi join work.rows_out_by_night as o on o.submission_id = f.submission_id and o.line = f.line
