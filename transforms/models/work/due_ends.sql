-- what: When each session was due to end, as far as its provider could move that
-- grain: a session, known from any file
-- key: provider_siret, session_id
-- unit: none
-- excludes: nothing
-- source: history.sessions, history.learners, history.changed_learners, history.received
-- definition: Its last day as first accepted; a later version moves it only if it came before that day had passed. A session that
--     was never sent: the latest entry that was ever accepted plus twelve months; of a learner who was always set aside the
--     file's reception stands for the entry, which could not be read.
with versions as (
    select
        s.provider_siret,
        s.session_id,
        s.submission_id,
        s.ends_on,
        r.received_on > lag(s.ends_on) over (partition by s.provider_siret, s.session_id order by s.submission_id) as is_late
    from history.sessions as s
    join history.received as r on r.submission_id = s.submission_id
),

versions_in_time as (
    select
        v.provider_siret,
        v.session_id,
        v.submission_id,
        v.ends_on,
        bool_or(coalesce(v.is_late, false)) over (
            partition by v.provider_siret, v.session_id order by v.submission_id rows unbounded preceding
        ) as comes_too_late
    from versions as v
),

sessions_sent as (
    select t.provider_siret, t.session_id, max_by(t.ends_on, t.submission_id) as due_end_on
    from versions_in_time as t
    where not t.comes_too_late
    group by t.provider_siret, t.session_id
),

sessions_never_sent as (
    select l.provider_siret, l.session_id, max(l.entered_on) as last_entered_on
    from history.learners as l
    anti join sessions_sent as s on s.provider_siret = l.provider_siret and s.session_id = l.session_id
    group by l.provider_siret, l.session_id
    union all
    select c.provider_siret, c.session_id, max(r.received_on) as last_entered_on
    from history.changed_learners as c
    join history.received as r on r.submission_id = c.announced_in
    anti join sessions_sent as s on s.provider_siret = c.provider_siret and s.session_id = c.session_id
    where c.learner_key is null
    group by c.provider_siret, c.session_id
)

select s.provider_siret, s.session_id, s.due_end_on
from sessions_sent as s
union all
select n.provider_siret, n.session_id, cast(max(n.last_entered_on) + interval 12 month as date) as due_end_on
from sessions_never_sent as n
group by n.provider_siret, n.session_id
