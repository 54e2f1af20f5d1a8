-- what: Entrants and positive exits of the actions that have any
-- grain: an action
-- key: provider_siret, action_id
-- unit: learners
-- excludes: actions without a session
-- source: work.session_sites, sums.session_audiences, work.session_exits
-- definition: positive_exits_m6 = mature M6 leavers of the action's sessions with a positive exit.
with entrants_of_sessions as (
    select a.provider_siret, a.session_id, sum(a.entrants) as entrants
    from sums.session_audiences as a
    group by a.provider_siret, a.session_id
),

exits_of_sessions as (
    select x.provider_siret, x.session_id, sum(x.positive) as positive
    from work.session_exits as x
    where x.horizon = 'M6'
    group by x.provider_siret, x.session_id
)

select s.provider_siret, s.action_id, total(e.entrants) as entrants, total(x.positive) as positive_exits_m6
from work.session_sites as s
left join entrants_of_sessions as e on e.provider_siret = s.provider_siret and e.session_id = s.session_id
left join exits_of_sessions as x on x.provider_siret = s.provider_siret and x.session_id = s.session_id
group by s.provider_siret, s.action_id
