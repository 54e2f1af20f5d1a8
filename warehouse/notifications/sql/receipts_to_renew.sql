-- The files up to $done of which something is found, settled or answered that their receipts, written up to $since, do not say
with
candidates as (
    select distinct findings.submission_id, submissions.kind, findings.row_key
    from findings
    join resolutions on resolutions.finding_id = findings.finding_id
    join submissions on submissions.submission_id = findings.submission_id
    join ({rows_by_key}) as new_row on new_row.row_key = findings.row_key and new_row.kind = submissions.kind
    where findings.severity = 'error' and findings.submission_id <= $done and resolutions.resolved_by <= $done
        and new_row.submission_id > $done
),
withdrawn_until_now as (
    select candidates.submission_id
    from ({rows_by_key}) as any_row
    join candidates
        on candidates.row_key = any_row.row_key and candidates.kind = any_row.kind
        and any_row.submission_id > candidates.submission_id
    group by candidates.submission_id, candidates.row_key
    having min(any_row.submission_id) > $done
)
select findings.submission_id
from findings
join resolutions on resolutions.finding_id = findings.finding_id
where resolutions.resolved_by > $done and findings.submission_id <= $done
union
select cross_findings.submission_id
from cross_findings
left join cross_resolutions on cross_resolutions.finding_id = cross_findings.finding_id
where greatest(cross_findings.opened_at, cross_resolutions.resolved_at) > $since and cross_findings.submission_id <= $done
union
select held_answers.submission_id
from held_answers
where held_answers.answered_at > $since and held_answers.submission_id <= $done
union
select submissions.released_from
from submissions
where submissions.submission_id > $done and submissions.released_from <= $done
union
-- a file that named nobody, and has become that of its folder's provider
select nameless.submission_id
from submissions as nameless
join submissions as taken on taken.sender = nameless.sender and taken.provider_siret = nameless.provider_siret
where nameless.submission_id <= $done and nameless.accepted = 0 and nameless.decision in ('accepted', 'refused')
    and taken.accepted > 0
group by nameless.submission_id
having min(taken.submission_id) > $done
union
-- a line in error that was withdrawn, and comes in good order after all
select withdrawn_until_now.submission_id
from withdrawn_until_now
order by submission_id
