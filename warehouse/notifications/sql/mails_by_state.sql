-- How many mails are in each state
with last_state as (
    select deliveries.message_id, deliveries.state
    from deliveries
    qualify row_number() over (partition by deliveries.message_id order by deliveries.attempt desc) = 1
)
select coalesce(last_state.state, 'waiting') as mail_state, count(*) as mails
from outbox
left join last_state on last_state.message_id = outbox.message_id
group by mail_state
order by mail_state
