-- Notes what became of a try to deliver the mail $id
insert into deliveries
select
    $id, coalesce(max(deliveries.attempt), 0) + 1, $at, $state, $code, $reply, $next
from deliveries
where deliveries.message_id = $id
