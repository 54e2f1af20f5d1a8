-- The rows of a table of a snapshot that are about persons erased, or about learners of sessions purged.
insert into rows_that_go
select '{table}', published.rowid
from old.{table} as published
where published.learner_key in (from persons) or (published.provider_siret, published.session_id) in (from purged)
