-- All of which people can be notified in an old store, with the first time that they were; notified_at is NULL where they
-- were not yet
--
-- The placeholders: notifiable_events is the query notifiable_events.sql; notified is the table, which had another name once.
select
    event.what,
    event.number,
    event.identity,
    first_notified.message_id,
    first_notified.notified_at
from ({notifiable_events}) as event
left join (
    select
        old.what, old.number, any_value(old.message_id) as message_id, min(old.notified_at) as notified_at
    from {notified} as old (what, number, name, message_id, notified_at)
    group by old.what, old.number
) as first_notified on first_notified.what = event.what and first_notified.number = event.number
