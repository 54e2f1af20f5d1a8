-- The columns of text of the attached database `looked_at`.
select columns.schema_name, columns.table_name, columns.column_name
from duckdb_columns() as columns
where columns.database_name = 'looked_at' and not columns.internal and columns.data_type = 'VARCHAR'
order by columns.schema_name, columns.table_name, columns.column_name
