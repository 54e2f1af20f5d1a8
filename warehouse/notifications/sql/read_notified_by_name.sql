-- Of which nights, mails and changes of address people were notified in an old store
--
-- The placeholder notified is the table, which had another name once.
select old.what, old.number, old.name, old.message_id, old.notified_at
from {notified} as old (what, number, name, message_id, notified_at)
where old.number is null
