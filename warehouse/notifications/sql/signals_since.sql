-- Since when the nights up to the reference date $as_of have found each signal without a break
with ends as (
    select signal_notices.signal, signal_notices.level, signal_notices.level_id, max(signal_notices.notice_id) as notice_id
    from signal_ends
    join signal_notices on signal_notices.notice_id = signal_ends.notice_id
    asof join nights on nights.started_at <= signal_ends.ended_at
    where nights.as_of <= $as_of
    group by signal_notices.signal, signal_notices.level, signal_notices.level_id
)

select signal_notices.signal, signal_notices.level, signal_notices.level_id, min(signal_notices.noted_on) as since
from signal_notices
left join ends
    on ends.signal = signal_notices.signal and ends.level = signal_notices.level and ends.level_id = signal_notices.level_id
where signal_notices.noted_on <= $as_of and (ends.notice_id is null or signal_notices.notice_id > ends.notice_id)
group by signal_notices.signal, signal_notices.level, signal_notices.level_id
