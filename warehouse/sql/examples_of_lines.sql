-- Some rows of the query `lines` that are among `only_here`, each by the columns that say which it is and nothing of a person.
select distinct {which_row} as which_row
from ({lines}) as written
semi join ({only_here}) as differing on differing.line_of_row = written.line_of_row
order by which_row
limit $most
