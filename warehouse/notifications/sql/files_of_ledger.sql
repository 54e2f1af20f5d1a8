-- The files $numbers of the ledger in the order in which they count, each with what the steward answered if it was held.
select
    submissions.submission_id, submissions.run_id, submissions.file_name, submissions.kind, submissions.provider_siret,
    submissions.received_at, submissions.received_on, submissions.sha256, submissions.decision, submissions.records,
    submissions.accepted, submissions.quarantined, submissions.blank_lines, submissions.identity, submissions.sender,
    submissions.released_from, answers.answer, released.submission_id as released_as
from submissions
semi join (select unnest($numbers) as submission_id) as numbers on numbers.submission_id = submissions.submission_id
left join (
    select held_answers.submission_id, max_by(held_answers.answer, held_answers.rowid) as answer
    from held_answers
    group by held_answers.submission_id
) as answers on answers.submission_id = submissions.submission_id
left join (
    select submissions.released_from, max(submissions.submission_id) as submission_id
    from submissions
    group by submissions.released_from
) as released on released.released_from = submissions.submission_id
order by submissions.submission_id
