-- The views of a warehouse, with their schemas, in the order of their names.
select v.schema_name || '.' || v.view_name as view_name
from duckdb_views() as v
where v.database_name = current_database() and not v.internal and not v.temporary
order by view_name
