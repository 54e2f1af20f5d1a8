-- The programme's exits by year of leaving, the last year last; the macros of transforms/models/macros.sql are there
with sums as (
    select
        left(positive_exit.cohort, 4) as cohort,
        positive_exit.horizon,
        total(positive_exit.known) as known,
        total(positive_exit.unknown) as unknown,
        total(positive_exit.positive) as positive
    from indicators.positive_exit as positive_exit
    where positive_exit.level = 'programme' and positive_exit.cohort <> 'all'
    group by left(positive_exit.cohort, 4), positive_exit.horizon
)

select
    sums.cohort,
    sums.horizon,
    sums.known,
    rate(sums.positive, sums.known + sums.unknown) as rate,
    rate(sums.positive + sums.unknown, sums.known + sums.unknown) as bound_high,
    wilson_low(sums.positive, sums.known) as wilson_low,
    wilson_high(sums.positive, sums.known) as wilson_high
from sums
order by sums.cohort, sums.horizon
