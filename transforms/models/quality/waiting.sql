-- what: Rows in force that wait for another return, and do not count before it has come
-- grain: a file, rule and unit of which the return is awaited
-- key: submission_id, rule, level_id
-- unit: rows
-- excludes: rows that count, or are in error
-- source: quality.findings, in_force.sessions, in_force.learners, in_force.followups, in_force.expenses, in_force.fundings
-- definition: A row may wait for a return that waits itself: a learner for a session, which waits for its action. $rules are the
--     rules of which a row waits.
with findings_of_rows_that_wait as (
    select f.submission_id, f.line, f.rule, f.kind, f.provider_siret, f.first_seen
    from quality.findings as f
    where f.resolved_at is null and f.line is not null and list_contains($rules, f.rule)
),

rows_that_wait as (
    select f.*, 'actions' as waits_for, 'action' as level, i.action_id as id
    from findings_of_rows_that_wait as f
    join in_force.sessions as i on i.submission_id = f.submission_id and i.line = f.line
    where f.kind = 'sessions'
    union all
    select f.*, 'sessions' as waits_for, 'session' as level, i.session_id as id
    from findings_of_rows_that_wait as f
    join in_force.learners as i on i.submission_id = f.submission_id and i.line = f.line
    where f.kind = 'apprenants'
    union all
    select f.*, 'apprenants' as waits_for, 'session' as level, i.session_id as id
    from findings_of_rows_that_wait as f
    join in_force.followups as i on i.submission_id = f.submission_id and i.line = f.line
    where f.kind = 'suivi'
    union all
    select f.*, 'actions' as waits_for, 'action' as level, i.action_id as id
    from findings_of_rows_that_wait as f
    join in_force.expenses as i on i.submission_id = f.submission_id and i.line = f.line
    where f.kind = 'depenses'
    union all
    select f.*, 'actions' as waits_for, 'action' as level, i.action_id as id
    from findings_of_rows_that_wait as f
    join in_force.fundings as i on i.submission_id = f.submission_id and i.line = f.line
    where f.kind = 'financements'
)

select
    w.submission_id,
    w.provider_siret,
    w.kind,
    w.rule,
    w.waits_for,
    w.level,
    w.provider_siret || '/' || w.id as level_id,
    count(*) as rows,
    min(w.first_seen) as waiting_since
from rows_that_wait as w
group by w.submission_id, w.provider_siret, w.kind, w.rule, w.waits_for, w.level, w.id
order by w.submission_id, w.rule, w.provider_siret, w.id
