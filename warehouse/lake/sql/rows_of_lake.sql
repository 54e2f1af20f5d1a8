-- The rows of one table of the store, with the partition of each and the submission it came by.
create or replace temp view rows_of_lake as
with rows_of_store as (
{select}
)
select {columns}, {partition} as partition_, {arrived} as arrived_, hash({hashed}) as hash_
from rows_of_store
