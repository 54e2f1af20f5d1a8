-- What each night changed in the exits of each session, the first night first
select
    rate_ledger.level_id,
    rate_ledger.horizon,
    rate_ledger.night,
    rate_ledger.cause,
    rate_ledger.positive_change,
    rate_ledger.eligible_change
from quality.rate_ledger as rate_ledger
where rate_ledger.level = 'session'
order by rate_ledger.level_id, rate_ledger.horizon, rate_ledger.night, rate_ledger.cause
