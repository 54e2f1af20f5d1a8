-- All of which people can be notified, by what it is: what, its number in this store, and an identity that stays the same in a
-- store rebuilt by newer code, which may find more or less and so give other numbers
with
findings_of_files as (
    select
        findings.finding_id,
        concat_ws(
            '|', findings.submission_id, coalesce(findings.line, 0), coalesce(findings.column_name, '-'), findings.rule
        ) as identity
    from findings
),
findings_across_returns as (
    select
        cross_findings.finding_id,
        concat_ws(
            '|', cross_findings.submission_id, coalesce(cross_findings.line, 0), coalesce(cross_findings.column_name, '-'),
            cross_findings.rule, epoch_us(cross_findings.opened_at)
        ) as identity
    from cross_findings
),
findings_that_may_be_settled as (
    select resolutions.finding_id from resolutions
    union
    -- a file that is set aside is settled by a rejection too, of which people are notified as of a settlement
    select findings.finding_id
    from findings
    semi join (select submissions.submission_id from submissions where submissions.decision = 'held') as held
        on held.submission_id = findings.submission_id
),
events as (
    select
        'submission' as what, submissions.submission_id as number, cast(submissions.submission_id as varchar) as identity
    from submissions
    union all
    select 'finding', findings_of_files.finding_id, findings_of_files.identity
    from findings_of_files
    union all
    select 'resolution', findings_that_may_be_settled.finding_id, findings_of_files.identity
    from findings_that_may_be_settled
    join findings_of_files on findings_of_files.finding_id = findings_that_may_be_settled.finding_id
    union all
    select 'cross_finding', findings_across_returns.finding_id, findings_across_returns.identity
    from findings_across_returns
    union all
    select 'cross_resolution', cross_resolutions.finding_id, findings_across_returns.identity
    from cross_resolutions
    join findings_across_returns on findings_across_returns.finding_id = cross_resolutions.finding_id
    union all
    select 'overdue', overdue_notices.notice_id, cast(overdue_notices.notice_id as varchar)
    from overdue_notices
    union all
    select 'overdue_end', overdue_ends.notice_id, cast(overdue_ends.notice_id as varchar)
    from overdue_ends
    union all
    select 'signal', signal_notices.notice_id, cast(signal_notices.notice_id as varchar)
    from signal_notices
)
select
    events.what,
    events.number,
    concat_ws(
        '|', events.identity, row_number() over (partition by events.what, events.identity order by events.number)
    ) as identity
from events
