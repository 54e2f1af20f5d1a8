-- The reference date of the last night before that of $as_of; NULL if there was none.
select max(n.night)
from history.nights as n
where n.night < $as_of
