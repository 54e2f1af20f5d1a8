-- The session of Roubaix that was counted 22 of 24, with Wilson's interval, as one text
select
    printf(
        '%d of %d: %.1f %%, between %.1f and %.1f %%',
        e.positive, e.known + e.unknown, 100 * e.rate, 100 * e.wilson_low, 100 * e.wilson_high
    )
from indicators.positive_exit as e
where e.level = 'session' and e.cohort = 'all' and e.positive = 22 and e.known + e.unknown = 24
order by e.horizon = 'M6' desc, e.horizon
limit 1
