-- The findings that stay, numbered anew, with what is now said of a file as a whole.
select kept.* replace (
    new_numbers.new_id as finding_id,
    coalesce(new_sentences.message, kept.message) as message
)
from old.findings as kept
join new_numbers on new_numbers.what = 'finding' and new_numbers.finding_id = kept.finding_id
join old.submissions on submissions.submission_id = kept.submission_id
left join new_sentences
    on kept.line is null and new_sentences.sha256 = submissions.sha256 and new_sentences.rule = kept.rule
order by kept.rowid
