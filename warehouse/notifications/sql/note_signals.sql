-- Notes at the moment $at each signal that is found as of $as_of and stands in no notice yet, or has grown by a tenth since its last
insert into signal_notices
select
    (select coalesce(max(signal_notices.notice_id), 0) from signal_notices)
        + row_number() over (order by found_signals.signal, found_signals.level, found_signals.level_id),
    found_signals.signal,
    found_signals.level,
    found_signals.level_id,
    found_signals.value,
    $as_of,
    $at
from found_signals
left join standing_signals
    on standing_signals.signal = found_signals.signal
    and standing_signals.level = found_signals.level
    and standing_signals.level_id = found_signals.level_id
where
    standing_signals.notice_id is null
    or (found_signals.value > standing_signals.value and 10 * found_signals.value >= 11 * standing_signals.value)
