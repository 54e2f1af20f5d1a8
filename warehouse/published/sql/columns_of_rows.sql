-- Which columns a warehouse shows of the rows that count.
select
    c.schema_name || '.' || c.table_name as table_name,
    c.column_name
from duckdb_columns() as c
where c.schema_name in ('clean', 'detail') and not c.internal
