-- Sessions into which more learners have entered than they have seats.
select s.submission_id, s.line
from clean.sessions as s
join clean.learners as l on l.provider_siret = s.provider_siret and l.session_id = s.session_id
where l.entered_on <= (select as_of from work.reference_date) and l.completion is distinct from 'ANNULE'
group by s.submission_id, s.line, s.seats
having count(*) > s.seats
