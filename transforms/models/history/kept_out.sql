-- what: From which night to which a row did not count, because it waited or a rule across returns found it to be in error
-- grain: a row of a file and rule
-- key: submission_id, line, rule, from_night
-- unit: none
-- excludes: the reference date itself, of which the rules across returns say it anew
-- source: private.cross_findings, private.cross_resolutions, private.examinations, private.nights, history.nights
-- definition: As the nights noted it; until_night is the first in which it counts again, or the reference date. $rules are the
--     rules that keep a row out.
with noted_nights as (
    select e.noted_at, min(h.night) as night
    from private.examinations as e
    join private.nights as n on n.run_id = e.run_id
    join history.nights as h on h.night >= n.as_of
    group by e.noted_at
),

findings_by_night as (
    select
        f.submission_id,
        f.line,
        f.rule,
        o.night as from_night,
        least(coalesce(c.night, cast($as_of as date)), cast($as_of as date)) as until_night
    from private.cross_findings as f
    join noted_nights as o on o.noted_at = f.opened_at
    left join private.cross_resolutions as r on r.finding_id = f.finding_id
    left join noted_nights as c on c.noted_at = r.resolved_at
    where list_contains($rules, f.rule) and f.line is not null
)

select f.submission_id, f.line, f.rule, f.from_night, f.until_night
from findings_by_night as f
where f.from_night < f.until_night
