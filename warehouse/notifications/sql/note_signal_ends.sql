-- Notes at the moment $at each signal that stands in a notice and is found no longer as of $as_of
--
-- A night that was run for a later day than this one may have noted what is not so yet as of $as_of.
insert into signal_ends
select standing_signals.notice_id, $at
from standing_signals
where standing_signals.since <= $as_of
    and not exists (
        select 1
        from found_signals
        where found_signals.signal = standing_signals.signal
            and found_signals.level = standing_signals.level
            and found_signals.level_id = standing_signals.level_id
    )
