-- Notes at the moment $at that the senders in mail_of_sender are notified of all that was pending for them
--
-- What is new is noted with the mail that notifies of it, what need not be said without one.
insert into notified
with pending as (
    select
        'submission' as what, pending_files.submission_id as number, pending_files.provider_siret as sender_siret, true as is_new
    from pending_files
    union all
    select pending_findings.what, pending_findings.number, pending_findings.sender_siret, pending_findings.is_new
    from pending_findings
    union all
    select
        pending_settlements.what_settled, pending_settlements.number, pending_settlements.sender_siret,
        pending_settlements.is_new
    from pending_settlements
    union all
    select 'overdue', pending_overdue.notice_id, pending_overdue.provider_siret, true
    from pending_overdue
    union all
    select 'overdue_end', pending_arrivals.notice_id, pending_arrivals.provider_siret, pending_arrivals.is_new
    from pending_arrivals
)
select pending.what, pending.number, null, case when pending.is_new then mail_of_sender.message_id end, $at
from pending
join mail_of_sender on mail_of_sender.sender_siret is not distinct from pending.sender_siret
