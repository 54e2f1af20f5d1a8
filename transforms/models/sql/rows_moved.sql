-- The rows of one table of clean that belong to sessions that have moved.
create or replace view work.{table}_moved as
select t.*
from clean.{table} as t
semi join work.sessions_moved as m on m.provider_siret = t.provider_siret and m.session_id = t.session_id
