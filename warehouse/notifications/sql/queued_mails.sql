-- Every mail with its state and the last try to deliver it, in the order in which mails are delivered (see QueuedMail)
with
last_try as (
    select
        deliveries.message_id,
        deliveries.attempt,
        deliveries.state,
        deliveries.reply_code,
        deliveries.reply,
        deliveries.next_attempt_at
    from deliveries
    qualify row_number() over (partition by deliveries.message_id order by deliveries.attempt desc) = 1
),
first_time_put_off as (
    select deliveries.message_id, min(deliveries.attempted_at) as put_off_since
    from deliveries
    where deliveries.reply_code between 400 and 499
    group by deliveries.message_id
)
select
    outbox.message_id,
    outbox.run_id,
    outbox.topic,
    outbox.recipient,
    outbox.subject,
    outbox.created_at,
    coalesce(last_try.state, 'waiting') as state,
    coalesce(last_try.attempt, 0) as attempts,
    last_try.reply_code,
    last_try.reply,
    last_try.next_attempt_at,
    first_time_put_off.put_off_since
from outbox
left join last_try on last_try.message_id = outbox.message_id
left join first_time_put_off on first_time_put_off.message_id = outbox.message_id
order by outbox.created_at, outbox.topic <> 'digest', outbox.message_id
