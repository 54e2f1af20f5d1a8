-- Which of the tables about signals a warehouse has: one of before they were looked for has none.
select tables.schema_name || '.' || tables.table_name as table_name
from duckdb_tables() as tables
where tables.schema_name in ('quality', 'reference') and tables.table_name = 'signals'
