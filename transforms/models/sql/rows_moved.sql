-- The rows of one table of clean, or of all versions, that belong to sessions that have moved.
create or replace view work.{view} as
select t.*
from {schema}.{table} as t
semi join work.sessions_moved as m on m.provider_siret = t.provider_siret and m.session_id = t.session_id
