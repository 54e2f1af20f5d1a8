-- How many rows each partition has, and their checksum, whatever their order: as of the submission that the lake knows, and now.
select
    r.partition_,
    count(*) filter (where r.arrived_ <= $known) as known_rows,
    coalesce(sum(cast(r.hash_ as hugeint)) filter (where r.arrived_ <= $known), 0) as known_checksum,
    count(*) as rows,
    sum(cast(r.hash_ as hugeint)) as checksum
from rows_of_lake as r
group by r.partition_
order by r.partition_
