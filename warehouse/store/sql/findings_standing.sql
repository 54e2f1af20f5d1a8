-- The findings across returns that no night has seen go yet.
create or replace temp table standing as
select
    cross_findings.finding_id, cross_findings.submission_id, cross_findings.line, cross_findings.kind, cross_findings.column_name,
    cross_findings.rule, cross_findings.row_key, cross_findings.first_seen
from cross_findings
anti join cross_resolutions on cross_resolutions.finding_id = cross_findings.finding_id
