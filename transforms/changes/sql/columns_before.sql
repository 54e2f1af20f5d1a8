-- The columns of every table of the earlier release, in their order.
select
    c.schema_name || '.' || c.table_name as table_name,
    list(c.column_name order by c.column_index) as column_names
from duckdb_columns() as c
where c.database_name = 'before'
group by c.schema_name, c.table_name
