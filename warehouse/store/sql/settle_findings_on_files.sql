-- The findings without a row's key that new files settle: those on damaged records, and on files as a whole.
--
-- A file that may settle them by what it is (files_that_may_settle) does so if it brings rows of a scope that the other file
-- named, too: the list of one session says nothing of a damaged line in that of another. Where nothing of a file tells what it
-- was about, its kind is all there is. That the programme knows no SIRET of a file (FIC-07) is settled by the provider's first
-- action, too.
insert into resolutions
with
    pairs as (select distinct files_that_may_settle.submission_id, files_that_may_settle.later from files_that_may_settle),
    about_the_same as (
        select distinct pairs.submission_id, pairs.later
        from pairs
        join scopes_of_settling_files as named on named.submission_id = pairs.submission_id
        join scopes_of_settling_files as brought
            on brought.submission_id = pairs.later and brought.scope = named.scope and brought.is_taken
    ),
    about_nothing_known as (
        select pairs.submission_id, pairs.later
        from pairs
        anti join scopes_of_settling_files as named on named.submission_id = pairs.submission_id
    ),
    settled_by_a_file_like_it as (
        select files_that_may_settle.finding_id, files_that_may_settle.later
        from files_that_may_settle
        semi join (from about_the_same union all from about_nothing_known) as settling
            on settling.submission_id = files_that_may_settle.submission_id and settling.later = files_that_may_settle.later
    ),
    settled_by_the_first_action as (
        select findings.finding_id, rows_actions.submission_id as later
        from findings
        join submissions on submissions.submission_id = findings.submission_id and submissions.decision <> 'held'
        anti join resolutions on resolutions.finding_id = findings.finding_id
        join rows_actions
            on rows_actions.provider_siret = submissions.provider_siret and rows_actions.submission_id > findings.submission_id
        where findings.rule = 'FIC-07' and rows_actions.submission_id >= $first
    ),
    settled_by_the_stewards_yes as (
        select findings.finding_id, submissions.submission_id as later
        from submissions
        join findings on findings.submission_id = submissions.released_from
        where submissions.submission_id >= $first
    ),
    findings_settled as (
        select settling.finding_id, min(settling.later) as later
        from (
            select finding_id, later from settled_by_a_file_like_it
            union all
            select finding_id, later from settled_by_the_first_action
            union all
            select finding_id, later from settled_by_the_stewards_yes
        ) as settling
        group by settling.finding_id
    )
select findings_settled.finding_id, findings_settled.later as resolved_by, submissions.received_at as resolved_at
from findings_settled
join submissions on submissions.submission_id = findings_settled.later
