-- what: Sessions of which learners had come by the reference date and are not kept, because somebody was erased
-- grain: a session
-- key: provider_siret, session_id
-- unit: none
-- excludes: sessions whose erased learners came after the reference date
-- source: private.erased_scopes
-- definition: Their learners are not awaited again. The scope of the return apprenants is provider and session.
select distinct
    split_part(e.scope, chr(31), 1) as provider_siret,
    split_part(e.scope, chr(31), 2) as session_id
from private.erased_scopes as e
where e.kind = 'apprenants' and e.submission_id <= $last
