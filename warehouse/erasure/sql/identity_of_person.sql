-- What all versions of a learner's rows say of who that is.
select distinct rows_learners.national_ref, rows_learners.born_on, rows_learners.sex
from rows_learners
where rows_learners.provider_siret = $provider_siret
    and rows_learners.session_id = $session_id
    and rows_learners.learner_ref = $learner_ref
