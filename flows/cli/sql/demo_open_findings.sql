-- How many findings are open, by severity, as one text
select
    printf(
        '%d errors, %d warnings',
        count(*) filter (f.severity = 'error'), count(*) filter (f.severity = 'warning')
    )
from quality.findings as f
where f.resolved_at is null
