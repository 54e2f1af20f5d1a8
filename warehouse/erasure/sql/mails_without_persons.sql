-- The mails, with subject and content without the persons where they named them.
select kept.* replace (
    coalesce(mails.subject, kept.subject) as subject,
    coalesce(mails.content, kept.content) as content
)
from old.outbox as kept
left join mails on mails.message_id = kept.message_id
order by kept.rowid
