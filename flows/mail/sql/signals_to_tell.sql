-- The signals of the night, each with the provider's name, what to ask it, and how grave that is
select
    signals.signal,
    signals.level,
    signals.level_id,
    providers.name as provider_name,
    signals.sentence,
    signals.since,
    meanings.question,
    meanings.weight
from quality.signals as signals
join reference.signals as meanings on meanings.id = signals.signal
left join reference.providers as providers on providers.siret = split_part(signals.level_id, '/', 1)
