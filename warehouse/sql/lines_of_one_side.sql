-- The lines that the query `lines` gives and the query `other_lines` does not, repeated ones each time.
select written.line_of_row
from ({lines}) as written
except all
select written.line_of_row
from ({other_lines}) as written
