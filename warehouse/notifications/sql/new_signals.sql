-- The signals found now of which the steward was not notified yet, or not since they have grown, the gravest first (see SignalUpdate)
select
    found_signals.signal,
    found_signals.level,
    found_signals.level_id,
    found_signals.provider_name,
    found_signals.sentence,
    found_signals.question,
    found_signals.since,
    bool_or(notified.number is not null) as has_grown,
    list(signal_notices.notice_id order by signal_notices.notice_id) filter (where notified.number is null) as notices
from found_signals
join standing_signals
    on standing_signals.signal = found_signals.signal
    and standing_signals.level = found_signals.level
    and standing_signals.level_id = found_signals.level_id
join signal_notices
    on signal_notices.signal = found_signals.signal
    and signal_notices.level = found_signals.level
    and signal_notices.level_id = found_signals.level_id
    and signal_notices.notice_id >= standing_signals.first_notice_id
left join (select notified.number from notified where notified.what = 'signal') as notified
    on notified.number = signal_notices.notice_id
group by
    found_signals.signal, found_signals.level, found_signals.level_id, found_signals.provider_name, found_signals.sentence,
    found_signals.question, found_signals.since, found_signals.weight
having bool_or(notified.number is null)
order by found_signals.weight desc, found_signals.signal, found_signals.level_id
