-- For each partial or refused file of $numbers with an error that is settled: the later files that settled its errors, with how
-- many lines were taken of each, and how many lines of its own that were in error no later file has brought in good order
--
-- A later file of the same session or action settles an error in two ways: it brings the line in good order, or it comes without
-- that line, which is withdrawn by that. Where no line has a key that could be read, what counts is how many lines came.
with
errors_settled as (
    select findings.submission_id, submissions.kind, findings.row_key, resolutions.resolved_by
    from findings
    semi join (select unnest($numbers) as submission_id) as numbers on numbers.submission_id = findings.submission_id
    join submissions on submissions.submission_id = findings.submission_id and submissions.decision in ('partial', 'refused')
    join resolutions on resolutions.finding_id = findings.finding_id
    where findings.severity = 'error'
),
keys_in_error as (
    select distinct errors_settled.submission_id, errors_settled.kind, errors_settled.row_key
    from errors_settled
    where errors_settled.row_key is not null
),
keys_taken_later as (
    select distinct keys_in_error.submission_id, keys_in_error.row_key
    from ({rows_by_key}) as later_row
    join keys_in_error -- an inner join, so that the few keys are what is hashed
        on later_row.kind = keys_in_error.kind and later_row.row_key = keys_in_error.row_key
        and later_row.submission_id > keys_in_error.submission_id
),
withdrawn as (
    select keys_in_error.submission_id, count(*) as lines
    from keys_in_error
    anti join keys_taken_later
        on keys_taken_later.submission_id = keys_in_error.submission_id and keys_taken_later.row_key = keys_in_error.row_key
    group by keys_in_error.submission_id
)
select
    settling.submission_id,
    later.file_name,
    later.received_at,
    later.accepted,
    coalesce(withdrawn.lines, 0) as withdrawn
from (select distinct errors_settled.submission_id, errors_settled.resolved_by from errors_settled) as settling
join submissions as later on later.submission_id = settling.resolved_by
left join withdrawn on withdrawn.submission_id = settling.submission_id
order by settling.submission_id, later.submission_id
