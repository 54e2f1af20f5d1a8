-- what: What has become of the people announced for each session, known from any file
-- grain: a session
-- key: provider_siret, session_id
-- unit: people
-- excludes: as work.announced
-- source: work.announced
-- definition: As work.announced; vanished are those no longer in force.
select
    a.provider_siret,
    a.session_id,
    count(*) as announced,
    count(*) filter (where a.fate = 'vanished') as vanished
from work.announced as a
group by a.provider_siret, a.session_id
