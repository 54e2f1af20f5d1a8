-- The last nights, the newest first, with how long each took
select
    n.run_id,
    n.state,
    n.as_of,
    n.started_at,
    date_diff('millisecond', n.started_at, n.finished_at) / 1000.0 as seconds
from nights as n
order by n.started_at desc, n.run_id desc
limit ?
