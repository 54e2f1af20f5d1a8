-- Every file that was ever held, as it came: why it was held, the last answer about it, and the file that it counts as.
with
    last_answers as (
        select held_answers.submission_id, arg_max(held_answers.answer, held_answers.rowid) as answer
        from held_answers
        group by held_answers.submission_id
    )
select
    held.submission_id, held.received_at, held.sender, held.file_name, held.kind, held.provider_siret, held.sha256,
    findings.rule, findings.message, last_answers.answer, released.submission_id as counts_as
from submissions as held
join findings on findings.submission_id = held.submission_id
left join last_answers on last_answers.submission_id = held.submission_id
left join submissions as released on released.released_from = held.submission_id
where held.decision = 'held'
order by held.submission_id
