-- what: When each file was received, and from which night on it counts
-- grain: a file
-- key: submission_id
-- unit: none
-- excludes: files received after the reference date
-- source: private.submissions, history.nights
-- definition: A file counts from the first night on whose reference date is not before the day of its reception.
select s.submission_id, s.received_on, min(n.night) as night
from private.submissions as s
join history.nights as n on n.night >= s.received_on
where s.submission_id <= $last
group by s.submission_id, s.received_on
