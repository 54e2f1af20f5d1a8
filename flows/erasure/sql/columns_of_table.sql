-- The columns of a table of the attached database `looked_at`.
select columns.column_name
from duckdb_columns() as columns
where columns.database_name = 'looked_at' and columns.schema_name = $schema and columns.table_name = $table
