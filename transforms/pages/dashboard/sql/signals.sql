-- What the steward is asked to look at, the weightiest first; the provider is what stands before '/' in level_id
select
    signals.signal,
    signals.level,
    signals.level_id,
    split_part(signals.level_id, '/', 1) as provider_siret,
    signals.value,
    signals.of,
    signals.programme_value,
    signals.threshold,
    signals.tests,
    signals.severity,
    signals.sentence,
    signals.since,
    meanings.sentence as wording,
    meanings.question,
    meanings.of_people
from quality.signals as signals
join reference.signals as meanings on meanings.id = signals.signal
order by signals.severity = 'info', meanings.weight desc, signals.signal, signals.value desc, signals.level_id
