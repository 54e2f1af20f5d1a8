-- The findings on rows of one return that new files settle: they accept the row, or retire it.
--
-- A row in error is in no table of rows, so its scope is read off its key: `scope_of_key` stands for the expression that does it,
-- made from the contract, which knows at which places of a key the values of a scope are.
insert into resolutions
with
    scopes_named as (select distinct new_rows.submission_id, new_rows.scope from new_rows),
    files_with_unreadable_keys as (
        select distinct new_quarantined.submission_id from new_quarantined where new_quarantined.row_key is null
    ),
    keys_in_error as (
        select distinct new_quarantined.submission_id, new_quarantined.row_key
        from new_quarantined
        where new_quarantined.row_key is not null
    ),
    findings_standing as (
        select findings.finding_id, findings.submission_id, findings.row_key, {scope_of_key} as scope
        from findings
        semi join (select submissions.submission_id from submissions where submissions.kind = $kind) as files_of_kind
            on files_of_kind.submission_id = findings.submission_id
        anti join resolutions on resolutions.finding_id = findings.finding_id
        where findings.row_key is not null
    ),
    findings_judged as (
        select
            findings_standing.finding_id, scopes_named.submission_id as later,
            new_rows.row_key is not null as is_accepted,
            keys_in_error.row_key is null and files_with_unreadable_keys.submission_id is null as is_retired
        from findings_standing
        join scopes_named
            on scopes_named.scope = findings_standing.scope and scopes_named.submission_id > findings_standing.submission_id
        left join new_rows
            on new_rows.submission_id = scopes_named.submission_id and new_rows.row_key = findings_standing.row_key
        left join keys_in_error
            on keys_in_error.submission_id = scopes_named.submission_id and keys_in_error.row_key = findings_standing.row_key
        left join files_with_unreadable_keys on files_with_unreadable_keys.submission_id = scopes_named.submission_id
    ),
    findings_settled as (
        select findings_judged.finding_id, min(findings_judged.later) as later
        from findings_judged
        where findings_judged.is_accepted or findings_judged.is_retired
        group by findings_judged.finding_id
    )
select findings_settled.finding_id, findings_settled.later as resolved_by, submissions.received_at as resolved_at
from findings_settled
join submissions on submissions.submission_id = findings_settled.later
