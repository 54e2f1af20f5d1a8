-- What is committed of each call's envelope, as one text
select
    string_agg(
        printf('%s: %.0f of %.0f EUR', e.call_id, cast(e.committed as double), cast(e.envelope as double)), ', '
    )
from indicators.envelope as e
where e.actions > 0
