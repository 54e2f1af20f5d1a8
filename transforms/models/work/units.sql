-- what: Every unit of every level
-- grain: a unit
-- key: level, level_id
-- unit: none
-- excludes: departments and EPCIs without a session (indicators.coverage has those of the region)
-- source: work.session_units, clean.actions
-- definition: The programme, always; departments and EPCIs with a session; providers and actions, with or without one.
select 'programme' as level, '' as level_id
union
select m.level, m.level_id
from work.session_units as m
union
select 'provider' as level, a.provider_siret as level_id
from clean.actions as a
union
select 'action' as level, a.provider_siret || '/' || a.action_id as level_id
from clean.actions as a
