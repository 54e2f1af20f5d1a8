-- The nights in the order in which they began: when each noted what it found across returns, and the rules under which it judged.
select
    nights.run_id, nights.started_at, nights.as_of, nights.finished_at, nights.state, examinations.noted_at,
    night_rules.suivi_version, night_rules.programme_version, night_rules.refuse_above, night_rules.max_file_mb
from nights
left join examinations on examinations.run_id = nights.run_id
left join night_rules on night_rules.run_id = nights.run_id
order by nights.rowid
