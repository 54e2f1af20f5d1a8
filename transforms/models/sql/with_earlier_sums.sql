-- Sums of the sessions that have moved, and those that an earlier warehouse has of the others.
select * from (
{moved}
)
union all
select {columns}
from {table} as e
anti join work.sessions_moved as m on m.provider_siret = e.provider_siret and m.session_id = e.session_id
