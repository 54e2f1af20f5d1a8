-- The files up to $done of which something is found, settled or answered that their receipts, written up to $since, do not say
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
order by submission_id
