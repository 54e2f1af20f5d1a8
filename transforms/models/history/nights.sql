-- what: The reference dates of the nights that ended well, and the one that is computed
-- grain: a day
-- key: night
-- unit: none
-- excludes: days after the reference date; nights that failed or were killed, of which nothing was published
-- source: private.nights
-- definition: What failed to be published counts in the next night that was.
select n.as_of as night
from private.nights as n
where n.state = 'done' and n.as_of < $as_of
union
select cast($as_of as date) as night
