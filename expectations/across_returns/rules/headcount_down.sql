-- The first row of the last file of each session that lost a larger share of its learners with that file than the programme
-- takes for plausible (the version in force on the reference date).
with last_files as (
    select h.provider_siret, h.session_id, max(h.submission_id) as submission_id
    from history.learners as h
    group by h.provider_siret, h.session_id
),

headcounts as (
    select
        f.provider_siret,
        f.session_id,
        f.submission_id,
        count(*) filter (where h.closed_by is null) as headcount_now,
        count(*) filter (
            where h.submission_id < f.submission_id and (h.closed_by is null or h.closed_by >= f.submission_id)
        ) as headcount_before,
        min(h.line) filter (where h.submission_id = f.submission_id) as line
    from last_files as f
    join history.learners as h on h.provider_siret = f.provider_siret and h.session_id = f.session_id
    group by f.provider_siret, f.session_id, f.submission_id
)

select c.submission_id, c.line
from headcounts as c
cross join work.reference_date as d
join work.plausibility_rules as p on p.valid_from <= d.as_of and (p.valid_to is null or d.as_of < p.valid_to)
where
    p.headcount_drop_denominator * (c.headcount_before - c.headcount_now)
    > p.headcount_drop_numerator * c.headcount_before
