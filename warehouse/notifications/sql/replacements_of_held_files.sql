-- For each file set aside with a number from $first to $last: the files that replaced what the same bytes brought before
--
-- Of the files with the same bytes the one taken last is the one whose rows counted; the files that closed rows of it before
-- the held file came have replaced it.
with
held_files as (
    select submissions.submission_id, submissions.sha256
    from submissions
    where submissions.submission_id between $first and $last and submissions.decision = 'held'
),
last_taken_with_the_same_bytes as (
    select held_files.submission_id, taken.submission_id as taken_submission_id, taken.kind
    from held_files
    join submissions as taken
        on taken.sha256 = held_files.sha256
        and taken.submission_id < held_files.submission_id
        and taken.decision in ('accepted', 'partial')
    qualify row_number() over (partition by held_files.submission_id order by taken.submission_id desc) = 1
)
select
    last_taken_with_the_same_bytes.submission_id,
    replacing.file_name,
    replacing.sender,
    replacing.received_at,
    count(*) as lines
from last_taken_with_the_same_bytes
join closings
    on closings.kind = last_taken_with_the_same_bytes.kind
    and closings.submission_id = last_taken_with_the_same_bytes.taken_submission_id
    and closings.closed_by < last_taken_with_the_same_bytes.submission_id
join submissions as replacing on replacing.submission_id = closings.closed_by
group by
    last_taken_with_the_same_bytes.submission_id, replacing.submission_id, replacing.file_name, replacing.sender,
    replacing.received_at
order by last_taken_with_the_same_bytes.submission_id, replacing.submission_id
