-- what: Every call with its envelope at the reference date
-- grain: a call
-- key: call_id
-- unit: EUR
-- excludes: nothing
-- source: reference.calls, clean.actions, work.reference_date
-- definition: A call that actions name but the programme no longer has is a row with an envelope that is NULL.
with every_call as (
    select r.call_id
    from reference.calls as r
    union
    select a.call_id
    from clean.actions as a
)

select c.call_id, r.envelope_eur
from every_call as c
cross join work.reference_date as d
left join reference.calls as r
    on r.call_id = c.call_id and r.valid_from <= d.as_of and (r.valid_to is null or d.as_of < r.valid_to)
