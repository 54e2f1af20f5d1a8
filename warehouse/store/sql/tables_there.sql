-- The tables that the store has.
select tables.table_name
from duckdb_tables() as tables
where tables.database_name = current_database()
