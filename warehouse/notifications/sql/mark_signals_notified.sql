-- Notes at the moment $at that the steward is notified of these notices of signals by a mail
insert into notified
select 'signal', unnest($notices), null, $message_id, $at
