-- what: The units in which the people announced for each session count
-- grain: a session, known from any file, and level
-- key: provider_siret, session_id, level
-- unit: none
-- excludes: the EPCI of sites that are in none
-- source: work.session_units, work.due_ends
-- definition: As work.session_units; people of a session that does not count, because it waits or was never sent, count at
--     provider and programme.
select m.provider_siret, m.session_id, m.level, m.level_id
from work.session_units as m
union all
select e.provider_siret, e.session_id, 'programme' as level, '' as level_id
from work.due_ends as e
anti join work.session_units as m on m.provider_siret = e.provider_siret and m.session_id = e.session_id
union all
select e.provider_siret, e.session_id, 'provider' as level, e.provider_siret as level_id
from work.due_ends as e
anti join work.session_units as m on m.provider_siret = e.provider_siret and m.session_id = e.session_id
