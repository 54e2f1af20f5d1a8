-- Which rows of a store go with the persons erased: `rows_that_go` names each by its table and its place (rowid) there. The
-- findings that stay are numbered anew without a gap in `new_numbers`, as a rebuild from an archive without the persons numbers
-- them.

-- The learner that a key names. Coalesced because DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL
-- throughout.
create temp macro learner_of(row_key) as concat_ws(
    chr(31),
    split_part(coalesce(row_key, ''), chr(31), 1),
    split_part(coalesce(row_key, ''), chr(31), 2),
    split_part(coalesce(row_key, ''), chr(31), 3)
);

create temp table learners_erased as
select concat_ws(chr(31), persons.provider_siret, persons.session_id, persons.learner_ref) as learner
from persons;

create temp table files_about_learners as
select submissions.submission_id
from old.submissions
where submissions.kind in ('apprenants', 'suivi');

create temp table rows_of_persons as
select
    'apprenants' as kind, 'rows_learners' as table_name, rows_learners.rowid as place, rows_learners.submission_id,
    rows_learners.line
from old.rows_learners
semi join persons using (provider_siret, session_id, learner_ref)
union all
select 'suivi', 'rows_followups', rows_followups.rowid, rows_followups.submission_id, rows_followups.line
from old.rows_followups
semi join persons using (provider_siret, session_id, learner_ref);

create temp table audit_items_of_persons as
select audit_items.audit, audit_items.number
from old.audit_items
where audit_items.learner_key in (from erased_keys)
    or audit_items.learner_key in (
        select rows_learners.learner_key
        from old.rows_learners
        semi join persons using (provider_siret, session_id, learner_ref)
    );

create temp table lines_of_persons as
select rows_of_persons.submission_id, rows_of_persons.line
from rows_of_persons
union
select submissions.submission_id, marked.line
from marked
join old.submissions on submissions.sha256 = marked.sha256
where submissions.submission_id <= coalesce(marked.up_to, submissions.submission_id);

create temp table findings_that_go as
select 'finding' as what, findings.finding_id
from old.findings
where (
        findings.submission_id in (from files_about_learners)
        and learner_of(findings.row_key) in (from learners_erased)
    )
    or (findings.submission_id, findings.line) in (from lines_of_persons)
union all
select 'cross_finding', cross_findings.finding_id
from old.cross_findings
where (
        cross_findings.submission_id in (from files_about_learners)
        and learner_of(cross_findings.row_key) in (from learners_erased)
    )
    or (cross_findings.submission_id, cross_findings.line) in (from lines_of_persons);

create temp table new_numbers as
select
    every_finding.what, every_finding.finding_id,
    row_number() over (partition by every_finding.what order by every_finding.finding_id) as new_id
from (
    select 'finding' as what, findings.finding_id from old.findings
    union all
    select 'cross_finding', cross_findings.finding_id from old.cross_findings
) as every_finding
anti join findings_that_go
    on findings_that_go.what = every_finding.what and findings_that_go.finding_id = every_finding.finding_id;

create temp table rows_that_go as
select rows_of_persons.table_name, rows_of_persons.place
from rows_of_persons
union all
select 'closings', closings.rowid
from old.closings
semi join rows_of_persons
    on rows_of_persons.kind = closings.kind
    and rows_of_persons.submission_id = closings.submission_id
    and rows_of_persons.line = closings.line
union all
select 'quarantined_rows', quarantined_rows.rowid
from old.quarantined_rows
where quarantined_rows.submission_id in (from files_about_learners)
    and learner_of(quarantined_rows.row_key) in (from learners_erased)
union all
select 'findings', findings.rowid
from old.findings
semi join findings_that_go on findings_that_go.what = 'finding' and findings_that_go.finding_id = findings.finding_id
union all
select 'resolutions', resolutions.rowid
from old.resolutions
semi join findings_that_go on findings_that_go.what = 'finding' and findings_that_go.finding_id = resolutions.finding_id
union all
select 'cross_findings', cross_findings.rowid
from old.cross_findings
semi join findings_that_go
    on findings_that_go.what = 'cross_finding' and findings_that_go.finding_id = cross_findings.finding_id
union all
select 'cross_resolutions', cross_resolutions.rowid
from old.cross_resolutions
semi join findings_that_go
    on findings_that_go.what = 'cross_finding' and findings_that_go.finding_id = cross_resolutions.finding_id
union all
select 'notified', notified.rowid
from old.notified
semi join findings_that_go
    on findings_that_go.what = replace(notified.what, 'resolution', 'finding')
    and findings_that_go.finding_id = notified.number
union all
select 'audit_results', audit_results.rowid
from old.audit_results
semi join audit_items_of_persons
    on audit_items_of_persons.audit = audit_results.audit and audit_items_of_persons.number = audit_results.number
