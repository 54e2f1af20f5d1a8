-- what: Everybody whom a file ever announced for a session, and what has become of them
-- grain: a person of a session
-- key: provider_siret, session_id, learner_key
-- unit: none
-- excludes: whoever was ANNULE from the first file on; who is another learner of the session under a new reference
-- source: clean.learners, history.changed_learners, history.learners, work.rows_kept_out, work.due_ends
-- definition: docs/spec/trust.md, "Figures that nobody can polish". due_from_on is the earlier of the session's due end and the
--     earliest exit that was ever accepted. fate: in_force (counts), cancelled (ANNULE, never accepted as anything else),
--     cancelled_after_entry, vanished (no longer in force), set_aside (nowhere in force but in quarantine or waiting).
--     learner_key is NULL where nothing of the person was ever accepted.
-- view: yes
with people as (
    select c.provider_siret, c.session_id, c.learner_key, c.left_on, c.left_on as earliest_left_on, 'in_force' as fate
    from clean.learners as c
    anti join history.changed_learners as h
        on h.provider_siret = c.provider_siret and h.session_id = c.session_id and h.learner_key = c.learner_key
    where c.completion is distinct from 'ANNULE'

    union all

    select
        h.provider_siret,
        h.session_id,
        h.learner_key,
        c.left_on,
        h.earliest_left_on,
        case
            when c.completion = 'ANNULE' then case when h.was_entrant then 'cancelled_after_entry' else 'cancelled' end
            when c.learner_key is not null then 'in_force'
            when h.is_in_force or h.is_set_aside then 'set_aside'
            else 'vanished'
        end as fate
    from history.changed_learners as h
    left join clean.learners as c
        on c.provider_siret = h.provider_siret and c.session_id = h.session_id and c.learner_key = h.learner_key
    where h.announced_in is not null and not h.is_another_learner

    union all

    select h.provider_siret, h.session_id, h.learner_key, h.left_on, h.left_on as earliest_left_on, 'set_aside' as fate
    from history.learners as h
    semi join work.rows_kept_out as k on k.submission_id = h.submission_id and k.line = h.line
    anti join history.changed_learners as c
        on c.provider_siret = h.provider_siret and c.session_id = h.session_id and c.learner_key = h.learner_key
    where h.closed_by is null and h.completion is distinct from 'ANNULE'
)

select
    p.provider_siret,
    p.session_id,
    p.learner_key,
    p.left_on,
    p.earliest_left_on,
    e.due_end_on,
    least(e.due_end_on, p.earliest_left_on) as due_from_on,
    p.fate
from people as p
join work.due_ends as e on e.provider_siret = p.provider_siret and e.session_id = p.session_id
