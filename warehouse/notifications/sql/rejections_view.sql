-- View rejections: the files that were set aside and whose last answer from the steward is a rejection
create or replace temp view rejections as
select held_answers.submission_id
from held_answers
group by held_answers.submission_id
having max_by(held_answers.answer, held_answers.rowid) = 'rejected'
