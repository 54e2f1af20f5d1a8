-- what: Learners of whom more is known than one version: replaced, retired or set aside at least once
-- grain: a learner of a session, as the files name it
-- key: provider_siret, session_id, learner_number
-- unit: none
-- excludes: learners with one version, which is in force; files that were refused as a whole or held
-- source: private.rows_learners, private.closings, private.quarantined_rows, private.submissions
-- definition: What the history of files says of who was announced (docs/spec/trust.md, "Figures that nobody can polish"). A
--     learner who is no longer in force is another one of the session under another reference where both were first accepted
--     with the same national hash or, where one has none, the same birth date, sex and commune: of two that are gone, the one
--     that came first is meant. learner_key is NULL where nothing of the learner was ever accepted; announced_in, the file that first
--     named the learner, is NULL where every version says ANNULE.
with closings_to_date as (
    select c.submission_id, c.line, c.closed_by
    from private.closings as c
    where c.kind = 'apprenants' and c.closed_by <= $last
),

keys_set_aside as (
    select q.row_key, min(q.submission_id) as first_in, max(q.submission_id) as last_in
    from private.quarantined_rows as q
    join private.submissions as s on s.submission_id = q.submission_id
    where s.kind = 'apprenants' and q.row_key is not null and q.submission_id <= $last
    group by q.row_key
),

keys_changed as (
    select r.row_key
    from private.rows_learners as r
    semi join closings_to_date as c on c.submission_id = r.submission_id and c.line = r.line
    union
    select a.row_key
    from keys_set_aside as a
),

versions as (
    select
        r.row_key, r.scope, r.submission_id, r.learner_key, r.completion, r.left_on, r.national_ref, r.born_on, r.sex,
        r.commune_code, c.closed_by
    from private.rows_learners as r
    semi join keys_changed as k on k.row_key = r.row_key
    left join closings_to_date as c on c.submission_id = r.submission_id and c.line = r.line
    where r.submission_id <= $last
),

learners as (
    select
        v.row_key,
        min(v.scope) as scope,
        min(v.learner_key) as learner_key,
        min(v.submission_id) as first_in,
        bool_or(v.closed_by is null) as is_in_force,
        max(v.closed_by) as last_closed_by,
        min(v.left_on) filter (where v.completion is distinct from 'ANNULE') as earliest_left_on,
        min(v.submission_id) filter (where v.completion is distinct from 'ANNULE') as announced_in
    from versions as v
    group by v.row_key
),

learners_gone as (
    select g.row_key, g.scope, g.first_in
    from learners as g
    where not g.is_in_force
),

-- as first accepted: what is told later of a learner who is to disappear is worth nothing
first_versions as (
    select r.row_key, r.scope, r.submission_id, r.national_ref, r.born_on, r.sex, r.commune_code
    from private.rows_learners as r
    semi join learners_gone as g on g.scope = r.scope
    where r.submission_id <= $last
    qualify row_number() over (partition by r.row_key order by r.submission_id) = 1
),

learners_under_another_reference as (
    select distinct g.row_key
    from learners_gone as g
    join first_versions as own on own.row_key = g.row_key
    join first_versions as other
        on other.scope = g.scope
        and other.row_key <> g.row_key
        and (
            other.national_ref = own.national_ref
            or (
                (other.national_ref is null or own.national_ref is null)
                and other.born_on = own.born_on
                and other.sex = own.sex
                and other.commune_code = own.commune_code
            )
        )
    left join learners_gone as other_gone on other_gone.row_key = other.row_key
    where
        other_gone.row_key is null
        or other_gone.first_in < g.first_in
        or (other_gone.first_in = g.first_in and other_gone.row_key < g.row_key)
)

select
    split_part(k.row_key, chr(31), 1) as provider_siret,
    split_part(k.row_key, chr(31), 2) as session_id,
    -- a number in the place of the reference: nothing of the two can be told from it
    row_number() over (partition by split_part(k.row_key, chr(31), 1), split_part(k.row_key, chr(31), 2) order by md5(k.row_key))
        as learner_number,
    l.learner_key,
    coalesce(l.is_in_force, false) as is_in_force,
    l.row_key is null or a.last_in >= l.last_closed_by as is_set_aside,
    l.earliest_left_on,
    l.announced_in is not null as was_entrant,
    least(l.announced_in, a.first_in) as announced_in,
    u.row_key is not null as is_another_learner
from keys_changed as k
left join learners as l on l.row_key = k.row_key
left join keys_set_aside as a on a.row_key = k.row_key
left join learners_under_another_reference as u on u.row_key = k.row_key
