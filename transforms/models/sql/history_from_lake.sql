-- Every version of every row of one return that was received by the reference date, with the file that put it out of force.
select {columns}, c.closed_by
from {rows} as r
left join {closings} as c
    on c."table" = {table} and c.closed_by <= {last} and c.submission_id = r.submission_id and c.line = r.line
where r.submission_id <= {last}
