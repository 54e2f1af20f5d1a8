-- How many sessions reach half of priority audiences, as one text
select
    printf(
        '%d met, %d not met, %d undetermined',
        count(*) filter (m.verdict = 'met'), count(*) filter (m.verdict = 'not_met'),
        count(*) filter (m.verdict = 'undetermined')
    )
from indicators.audience_mix as m
where m.level = 'session' and m.cohort = 'all'
