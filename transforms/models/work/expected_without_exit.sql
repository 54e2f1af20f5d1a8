-- what: People announced and due who are not among the mature leavers
-- grain: a person of a session and horizon
-- key: provider_siret, session_id, person, horizon
-- unit: none
-- excludes: mature leavers
-- source: work.announced, reference.horizons, work.reference_date
-- definition: Due once the horizon's window has closed, counted from due_from_on; the window is the one in force on that day.
--     lack: set_aside, vanished (or ANNULE after having been an entrant) or unexited (in force without an exit that is mature).
with people_in_question as (
    select
        a.provider_siret,
        a.session_id,
        a.learner_key,
        a.left_on,
        a.due_from_on,
        a.fate,
        row_number() over (partition by a.provider_siret, a.session_id order by a.learner_key, a.fate, a.due_from_on) as person
    from work.announced as a
    where a.fate <> 'in_force' or a.left_on is null or a.left_on > a.due_from_on
),

people_due as (
    select
        p.*,
        h.horizon,
        coalesce(date_diff('day', p.left_on, d.as_of) > w.closes_after_days, false) as is_mature
    from people_in_question as p
    cross join work.reference_date as d
    join reference.horizons as h
        on h.valid_from <= p.due_from_on and (h.valid_to is null or p.due_from_on < h.valid_to)
    left join reference.horizons as w
        on w.horizon = h.horizon and w.valid_from <= p.left_on and (w.valid_to is null or p.left_on < w.valid_to)
    where date_diff('day', p.due_from_on, d.as_of) > h.closes_after_days
)

select
    p.provider_siret,
    p.session_id,
    p.person,
    p.learner_key,
    p.horizon,
    case
        when p.fate = 'set_aside' then 'set_aside'
        when p.fate in ('vanished', 'cancelled_after_entry') then 'vanished'
        else 'unexited'
    end as lack
from people_due as p
where p.fate <> 'in_force' or not p.is_mature
