-- By which references the leavers are known whom audits drew: those under which their pseudonyms were made.
select distinct
    rows_learners.provider_siret, rows_learners.session_id, rows_learners.learner_ref, rows_learners.learner_key
from rows_learners
semi join audit_items on audit_items.learner_key = rows_learners.learner_key
