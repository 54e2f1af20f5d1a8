-- Since when each signal of quality.signals stands, where signals_since knows; the others stand since the reference date
update quality.signals
set since = signals_since.since
from signals_since
where signals_since.signal = signals.signal
    and signals_since.level = signals.level
    and signals_since.level_id = signals.level_id
