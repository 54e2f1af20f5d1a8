-- What is overdue, by kind of return
select
    o.kind,
    count(*) as returns,
    count(distinct o.provider_siret) as providers,
    max(o.days_overdue) as longest_days
from quality.overdue as o
group by o.kind
order by o.kind
