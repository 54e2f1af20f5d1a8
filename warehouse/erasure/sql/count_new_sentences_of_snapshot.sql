-- How many findings of a snapshot are about to say something else.
select count(*) as findings
from old.quality.findings as published
join old.quality.files on files.submission_id = published.submission_id
join new_sentences
    on published.line is null and new_sentences.sha256 = files.sha256 and new_sentences.rule = published.rule
where published.message <> new_sentences.message
