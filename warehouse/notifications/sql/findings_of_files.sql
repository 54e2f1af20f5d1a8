-- What is said of the files $numbers, and of their rows across returns as long as it stands, with the lines of which it is said
-- (0 is the file as a whole) and its places among all findings; in the order in which it was found first, across returns last.
with
numbers as (select unnest($numbers) as submission_id),
all_said as (
    select
        findings.submission_id, findings.column_name, findings.rule, findings.severity, findings.message, false as is_across,
        resolutions.finding_id is not null as is_settled, findings.line, findings.finding_id as place
    from findings
    semi join numbers on numbers.submission_id = findings.submission_id
    left join resolutions on resolutions.finding_id = findings.finding_id
    union all
    select
        cross_findings.submission_id, cross_findings.column_name, cross_findings.rule, cross_findings.severity,
        cross_findings.message, true, false, cross_findings.line, cross_findings.finding_id + (1::bigint << 40)
    from cross_findings
    semi join numbers on numbers.submission_id = cross_findings.submission_id
    anti join cross_resolutions on cross_resolutions.finding_id = cross_findings.finding_id
)
select
    all_said.submission_id,
    all_said.column_name,
    all_said.rule,
    all_said.severity,
    all_said.message,
    all_said.is_across,
    all_said.is_settled,
    list(coalesce(all_said.line, 0) order by all_said.place) as lines,
    list(all_said.place order by all_said.place) as places
from all_said
group by
    all_said.submission_id, all_said.column_name, all_said.rule, all_said.severity, all_said.message, all_said.is_across,
    all_said.is_settled
order by min(all_said.place)
