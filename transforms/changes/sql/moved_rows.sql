-- Notes in work.moved_rows the rows of one return that came into force since the file $since, or went out of it, in whichever
-- file that was. Rows that were sent again as they were are neither. Put in: the table of the return, the comparison of all its
-- columns, and the session and the action of a row where the return has them.
insert into work.moved_rows
with rows_that_went as (
    select h.*
    from history.main.{table} as h
    where h.submission_id <= $since and h.closed_by > $since
),

rows_that_came as (
    select h.*
    from history.main.{table} as h
    where h.submission_id > $since and h.closed_by is null
)

select
    '{table}' as table_name,
    w.closed_by as cause,
    w.provider_siret,
    {session_that_went} as session_id,
    {action_that_went} as action_id
from rows_that_went as w
anti join rows_that_came as c on {is_the_same}

union

select
    '{table}' as table_name,
    c.submission_id as cause,
    c.provider_siret,
    {session_that_came} as session_id,
    {action_that_came} as action_id
from rows_that_came as c
anti join rows_that_went as w on {is_the_same}
