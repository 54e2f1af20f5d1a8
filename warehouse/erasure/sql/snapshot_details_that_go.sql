-- The details of the learners that go from a snapshot.
insert into rows_that_go
select '{table}', details.rowid
from old.{table} as details
where details.learner_key in (
    select learners.learner_key
    from old.clean.learners
    where learners.learner_key in (from persons) or (learners.provider_siret, learners.session_id) in (from purged)
)
