-- Which file moved rows of which table that count in which unit. A session counts where it counted then, and where it does now:
-- one that has moved to another place matters in both.
create or replace table work.units_moved as
with places_of_sessions as (
    select n.provider_siret, n.session_id, n.level, n.level_id
    from work.session_units as n
    union
    select t.provider_siret, t.session_id, t.level, t.level_id
    from work.session_units_before as t
),

actions_of_sessions as (
    select n.provider_siret, n.session_id, n.action_id
    from clean.sessions as n
    union
    select t.provider_siret, t.session_id, t.action_id
    from before.clean.sessions as t
),

every_action as (
    select n.provider_siret, n.action_id, n.call_id
    from clean.actions as n
    union
    select t.provider_siret, t.action_id, t.call_id
    from before.clean.actions as t
),

units_of_actions as (
    select
        a.provider_siret,
        a.action_id,
        unnest(['programme', 'provider', 'action', 'call']) as level,
        unnest(['', a.provider_siret, a.provider_siret || '/' || a.action_id, a.call_id]) as level_id
    from every_action as a
),

sessions_moved as (
    select m.table_name, m.cause, m.provider_siret, m.session_id
    from work.moved_rows as m
    where m.session_id is not null
    union
    select m.table_name, m.cause, m.provider_siret, s.session_id
    from work.moved_rows as m
    join actions_of_sessions as s on s.provider_siret = m.provider_siret and s.action_id = m.action_id
    where m.table_name = 'actions'
),

actions_moved as (
    select m.table_name, m.cause, m.provider_siret, m.action_id
    from work.moved_rows as m
    where m.action_id is not null
    union
    select m.table_name, m.cause, m.provider_siret, s.action_id
    from work.moved_rows as m
    join actions_of_sessions as s on s.provider_siret = m.provider_siret and s.session_id = m.session_id
)

select s.table_name, s.cause, p.level, p.level_id
from sessions_moved as s
join places_of_sessions as p on p.provider_siret = s.provider_siret and p.session_id = s.session_id
union
select a.table_name, a.cause, u.level, u.level_id
from actions_moved as a
join units_of_actions as u on u.provider_siret = a.provider_siret and u.action_id = a.action_id
