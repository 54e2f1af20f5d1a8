-- Which file put which row of which table out of force, as far as the files up to a submission say.
select {table_of_kind}[c.kind] as "table", c.submission_id, c.line, c.closed_by
from private.closings as c
where c.closed_by <= $last
