-- Every column of the tables of an attached database, with its type.
select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
from duckdb_columns() as columns
where columns.database_name = $database and not columns.internal
order by columns.schema_name, columns.table_name, columns.column_name
