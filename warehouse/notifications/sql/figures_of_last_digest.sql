-- What the last digest said of each rule (see RuleFigures)
with last_digest as (
    select outbox.message_id
    from outbox
    where outbox.topic = 'digest'
    order by outbox.created_at desc, outbox.message_id desc
    limit 1
)
select digest_figures.rule, digest_figures.providers, digest_figures.lines
from digest_figures
join last_digest on last_digest.message_id = digest_figures.message_id
