-- The last night that ended well with an earlier reference date than $as_of, and the programme file under which it judged.
select
    n.run_id,
    n.as_of,
    r.programme_version
from nights as n
left join night_rules as r on r.run_id = n.run_id
where n.state = 'done' and n.as_of < $as_of
order by n.as_of desc, n.rowid desc
limit 1
