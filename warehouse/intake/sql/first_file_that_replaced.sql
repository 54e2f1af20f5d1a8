-- The first later file that put any row of a file out of force.
select later.file_name, later.received_on
from closings
join submissions as later on later.submission_id = closings.closed_by
where closings.kind = $kind and closings.submission_id = $number
order by closings.closed_by
limit 1
