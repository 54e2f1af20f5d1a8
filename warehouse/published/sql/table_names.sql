-- The tables of a warehouse, with their schemas, in the order of their names.
select t.schema_name || '.' || t.table_name as table_name
from duckdb_tables() as t
where t.database_name = current_database() and not t.internal and not t.temporary
order by table_name
