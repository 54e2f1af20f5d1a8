-- The tables of the attached database `old`, with their schema where it is not `main`.
select case when tables.schema_name = 'main' then '' else tables.schema_name || '.' end || tables.table_name as table_name
from duckdb_tables() as tables
where tables.database_name = 'old' and not tables.internal
order by table_name
