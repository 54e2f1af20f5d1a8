-- The findings of a snapshot, with what is now said of a file as a whole.
select published.* replace (coalesce(new_sentences.message, published.message) as message)
from old.quality.findings as published
join old.quality.files on files.submission_id = published.submission_id
left join new_sentences
    on published.line is null and new_sentences.sha256 = files.sha256 and new_sentences.rule = published.rule
order by published.rowid
