-- Gives the leavers whom audits drew the pseudonyms of this store, by `old_references`. One whose rows are not there any
-- more keeps the pseudonym that it had.
update audit_items
set learner_key = new_keys.learner_key
from (
    select distinct old_references.learner_key as old_key, rows_learners.learner_key
    from old_references
    join rows_learners using (provider_siret, session_id, learner_ref)
) as new_keys
where audit_items.learner_key = new_keys.old_key and new_keys.old_key <> new_keys.learner_key
