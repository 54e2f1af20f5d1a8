select {table_of_kind}[c.kind] as "table", c.submission_id, c.line, c.closed_by
from private.closings as c
where c.closed_by <= $last
