-- what: What was found in the returns and across them, as it stood at the end of the reference date
-- grain: a finding
-- key: submission_id, line, column_name, rule, first_seen
-- unit: none
-- excludes: what was found after the reference date; values
-- source: private.submissions, private.findings, private.resolutions, private.held_answers, private.cross_findings,
--     private.cross_resolutions, work.cross_findings
-- definition: What was found across returns comes from two places: what was just found, dated by the ledger, and what the
--     ledger knows to have gone since. On a day before today the ledger may say nothing of what was just found: then it dates
--     from its file. A finding of a held file is settled when the steward rejects the file.
with last_answers as (
    select h.submission_id, h.answer, h.answered_at
    from private.held_answers as h
    where h.answered_at < $day_end
    qualify row_number() over (partition by h.submission_id order by h.rowid desc) = 1
),

findings_in_files as (
    select
        f.submission_id,
        s.provider_siret,
        s.kind,
        f.line,
        f.column_name,
        f.rule,
        f.severity,
        f.message,
        f.first_seen,
        case
            when r.resolved_by <= $last then r.resolved_at
            when a.answer = 'rejected' then a.answered_at
        end as resolved_at
    from private.findings as f
    join private.submissions as s on s.submission_id = f.submission_id
    left join private.resolutions as r on r.finding_id = f.finding_id
    left join last_answers as a on a.submission_id = f.submission_id
    where f.submission_id <= $last
),

findings_across_returns_in_the_ledger as (
    select
        c.submission_id,
        c.provider_siret,
        c.kind,
        c.line,
        c.column_name,
        c.rule,
        c.severity,
        c.message,
        c.first_seen,
        case when r.resolved_at < $day_end then r.resolved_at end as resolved_at
    from private.cross_findings as c
    left join private.cross_resolutions as r on r.finding_id = c.finding_id
    where c.submission_id <= $last and c.opened_at < $day_end
),

findings_of_today as (
    select distinct on (w.submission_id, w.line, w.column_name, w.rule)
        w.submission_id,
        w.provider_siret,
        w.kind,
        w.line,
        w.column_name,
        w.rule,
        w.severity,
        w.message
    from work.cross_findings as w
    order by w.submission_id, w.line, w.column_name, w.rule, w.message
),

findings_across_returns_that_stand as (
    select
        t.submission_id,
        t.provider_siret,
        t.kind,
        t.line,
        t.column_name,
        t.rule,
        t.severity,
        t.message,
        coalesce(min(n.first_seen), any_value(s.received_at)) as first_seen,
        cast(null as timestamptz) as resolved_at
    from findings_of_today as t
    join private.submissions as s on s.submission_id = t.submission_id
    left join findings_across_returns_in_the_ledger as n
        on n.resolved_at is null
        and n.submission_id = t.submission_id
        and n.line is not distinct from t.line
        and n.column_name is not distinct from t.column_name
        and n.rule = t.rule
    group by t.submission_id, t.provider_siret, t.kind, t.line, t.column_name, t.rule, t.severity, t.message
),

all_findings as (
    select f.* from findings_in_files as f
    union all
    select t.* from findings_across_returns_that_stand as t
    union all
    select g.* from findings_across_returns_in_the_ledger as g where g.resolved_at is not null
)

select
    a.submission_id,
    a.provider_siret,
    a.kind,
    a.line,
    a.column_name,
    a.rule,
    a.severity,
    a.message,
    timezone('Europe/Paris', a.first_seen) as first_seen,
    timezone('Europe/Paris', a.resolved_at) as resolved_at
from all_findings as a
order by a.submission_id, a.line nulls first, a.rule, a.column_name, a.first_seen
