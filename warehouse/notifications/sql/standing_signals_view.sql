-- View standing_signals: the signals that the last night found, since when without a break, and their last notice
create or replace temp view standing_signals as
with ends as (
    select signal_notices.signal, signal_notices.level, signal_notices.level_id, max(signal_notices.notice_id) as notice_id
    from signal_ends
    join signal_notices on signal_notices.notice_id = signal_ends.notice_id
    group by signal_notices.signal, signal_notices.level, signal_notices.level_id
)

select
    signal_notices.signal,
    signal_notices.level,
    signal_notices.level_id,
    min(signal_notices.noted_on) as since,
    min(signal_notices.notice_id) as first_notice_id,
    max(signal_notices.notice_id) as notice_id,
    max_by(signal_notices.value, signal_notices.notice_id) as value
from signal_notices
left join ends
    on ends.signal = signal_notices.signal and ends.level = signal_notices.level and ends.level_id = signal_notices.level_id
where ends.notice_id is null or signal_notices.notice_id > ends.notice_id
group by signal_notices.signal, signal_notices.level, signal_notices.level_id
