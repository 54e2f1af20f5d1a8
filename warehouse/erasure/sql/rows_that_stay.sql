-- The rows of a table without those that go, in their order; every column, whatever the table's are.
select kept.*
from old.{table} as kept
anti join rows_that_go on rows_that_go.table_name = '{table}' and rows_that_go.place = kept.rowid
order by kept.rowid
