-- New findings that say what was said of the same row before: they are dated by the first file that has it.
--
-- A finding begins a stretch where the one before it on the same row was settled before its own file came: then a file in
-- between had the row right. All findings of a stretch have been so since its first one. Files of one night count one after the
-- other here too.
update findings
set first_seen = findings_dated.since
from (
    with
        rows_with_new_findings as (
            select distinct submissions.kind, findings.row_key
            from findings
            join submissions on submissions.submission_id = findings.submission_id
            where findings.finding_id >= $first and findings.row_key is not null
        ),
        findings_in_order as (
            select
                findings.finding_id, findings.submission_id, findings.first_seen, submissions.kind, findings.row_key,
                findings.rule, findings.column_name,
                coalesce(lag(resolutions.resolved_by) over same, findings.submission_id) < findings.submission_id
                    as begins_a_stretch
            from findings
            join submissions on submissions.submission_id = findings.submission_id
            semi join rows_with_new_findings
                on rows_with_new_findings.kind = submissions.kind and rows_with_new_findings.row_key = findings.row_key
            left join resolutions on resolutions.finding_id = findings.finding_id
            window same as (
                partition by submissions.kind, findings.row_key, findings.rule, findings.column_name
                order by findings.submission_id, findings.finding_id
            )
        ),
        findings_by_stretch as (
            select
                findings_in_order.finding_id, findings_in_order.first_seen, findings_in_order.kind, findings_in_order.row_key,
                findings_in_order.rule, findings_in_order.column_name,
                sum(cast(findings_in_order.begins_a_stretch as integer)) over (
                    partition by
                        findings_in_order.kind, findings_in_order.row_key, findings_in_order.rule, findings_in_order.column_name
                    order by findings_in_order.submission_id, findings_in_order.finding_id
                ) as stretch
            from findings_in_order
        )
    select
        findings_by_stretch.finding_id,
        min(findings_by_stretch.first_seen) over (
            partition by
                findings_by_stretch.kind, findings_by_stretch.row_key, findings_by_stretch.rule, findings_by_stretch.column_name,
                findings_by_stretch.stretch
        ) as since
    from findings_by_stretch
) as findings_dated
where findings_dated.finding_id = findings.finding_id
    and findings.finding_id >= $first
    and findings.first_seen <> findings_dated.since
