-- what: What audits found of the positive exits that were reported, and the rate corrected by it
-- grain: a unit, quarter of leaving, horizon and audit
-- key: level, level_id, cohort, horizon, audit
-- unit: learners; rates between 0 and 1, never rounded
-- excludes: providers of whose leavers nobody is verified; audits drawn on the reference date or after it
-- source: history.audit_strata, work.audit_verdicts, work.audit_groups, work.audit_limits
-- definition: docs/audit.md. As reported on the day of the draw; results received before the reference date. corrected_rate
--     = leavers who were positive / leavers who count, both estimated: the leavers of each group by what was reported
--     (positive; not positive or unknown; neutralised) times the share of them found so, weighted by 1 / the probability of
--     being drawn (poststratified Hajek). The interval joins the limits of Clopper and Pearson of each share (Korn and
--     Graubard) by their distances from it (Zou and Donner's MOVER), each shortened by the root of the share that nobody
--     verified. Those out of reach are left out, as are those not verified yet: as if they were like the others of their
--     group. worst_rate is the rate if none of those out of reach was positive.
-- proves: drawn = erased + pending + unreachable + verified
--     verified >= confirmed and drawn <= population
--     corrected_rate is null or (corrected_rate_low <= corrected_rate and corrected_rate <= corrected_rate_high)
-- columns:
--     level: programme or provider
--     level_id: '' for the programme, or the SIRET
--     cohort: the quarter of leaving like 2026-Q1
--     horizon: SORTIE, M3, M6 or M12
--     audit: 1, 2, 3 … as suivi audit numbers them
--     reported_on: what had been reported by that day is what was verified
--     population: leavers mature at the horizon then
--     drawn: of them, drawn
--     erased: of those drawn, erased since: nothing is known of them any more
--     pending: of those drawn, without a finding
--     unreachable: of those drawn, out of reach
--     verified: of those drawn, confirmed or found otherwise
--     confirmed: of those verified, as was reported
--     reported_positive: of the population, reported with a positive exit
--     reported_eligible: of the population, not reported as neutralised
--     reported_rate: reported_positive / reported_eligible
--     positive_error_share: share of those reported positive who were not; NULL where none of them is verified
--     not_positive_error_share: share of those reported otherwise who were positive; NULL where none of them is verified
--     corrected_rate: the rate as corrected; NULL where nobody is verified
--     corrected_rate_low: lower end of its 95 % interval
--     corrected_rate_high: upper end of its 95 % interval
--     worst_rate: the rate as corrected if none of those out of reach was positive; NULL where there is neither
with every_audit as (
    select distinct s.audit, s.quarter as cohort, s.horizon, s.reported_on
    from history.audit_strata as s
),

counts as (
    select
        v.audit,
        if(grouping(v.provider_siret) = 1, 'programme', 'provider') as level,
        if(grouping(v.provider_siret) = 1, '', v.provider_siret) as level_id,
        count(*) as drawn,
        total_where(1, v.is_erased) as erased,
        total_where(1, not v.is_erased and v.finding is null) as pending,
        total_where(1, v.finding = 'INJOIGNABLE') as unreachable,
        total_where(1, v.finding in ('CONFIRME', 'AUTRE')) as verified,
        total_where(1, v.finding = 'CONFIRME') as confirmed
    from work.audit_verdicts as v
    where v.reading = 'found'
    group by grouping sets ((v.audit), (v.audit, v.provider_siret))
),

-- rate, and the leavers who count, of the groups together
rates as (
    select
        g.audit,
        g.level,
        g.level_id,
        g.reading,
        total(g.population) as population,
        total_where(g.population, g.reported_group = 'positive') as reported_positive,
        total_where(g.population, g.reported_group <> 'neutralised') as reported_eligible,
        total(g.verified) as verified,
        sum(g.population * (g.positive + g.not_positive)) as eligible,
        sum(g.population * g.positive) / nullif(sum(g.population * (g.positive + g.not_positive)), 0) as rate,
        sum(1 - g.positive) filter (where g.reported_group = 'positive' and g.verified > 0) as positive_error_share,
        sum(g.population * g.positive) filter (where g.reported_group <> 'positive' and g.verified > 0)
            / sum(g.population) filter (where g.reported_group <> 'positive' and g.verified > 0) as not_positive_error_share
    from work.audit_groups as g
    group by g.audit, g.level, g.level_id, g.reading
),

-- how far the rate may lie below and above, by each group: what one of it more found positive, or not, does to the rate
distances as (
    select
        g.audit,
        g.level,
        g.level_id,
        g.population / r.eligible * sqrt(1 - g.verified / g.population) as part,
        if(g.reported_group = 'neutralised', 1 - r.rate, 1) * (g.positive - l.positive_low) as below,
        if(g.reported_group = 'neutralised', 1 - r.rate, 1) * (l.positive_high - g.positive) as above,
        if(g.reported_group = 'neutralised', r.rate, 0) * (l.not_positive_high - g.not_positive)
            as below_by_others,
        if(g.reported_group = 'neutralised', r.rate, 0) * (g.not_positive - l.not_positive_low)
            as above_by_others
    from work.audit_groups as g
    join rates as r on r.audit = g.audit and r.level = g.level and r.level_id = g.level_id and r.reading = g.reading
    join work.audit_limits as l
        on l.audit = g.audit
        and l.level = g.level
        and l.level_id = g.level_id
        and l.reading = g.reading
        and l.reported_group = g.reported_group
    where g.reading = 'found'
),

distances_of_all as (
    select
        d.audit,
        d.level,
        d.level_id,
        sqrt(sum(d.part * d.part * (d.below * d.below + d.below_by_others * d.below_by_others))) as below,
        sqrt(sum(d.part * d.part * (d.above * d.above + d.above_by_others * d.above_by_others))) as above
    from distances as d
    group by d.audit, d.level, d.level_id
)

select
    c.level,
    c.level_id,
    a.cohort,
    a.horizon,
    a.audit,
    a.reported_on,
    r.population,
    c.drawn,
    c.erased,
    c.pending,
    c.unreachable,
    c.verified,
    c.confirmed,
    r.reported_positive,
    r.reported_eligible,
    rate(r.reported_positive, r.reported_eligible) as reported_rate,
    r.positive_error_share,
    r.not_positive_error_share,
    if(c.verified > 0, r.rate, null) as corrected_rate,
    if(c.verified > 0 and r.rate is not null, greatest(0e0, r.rate - greatest(0e0, d.below)), null) as corrected_rate_low,
    if(c.verified > 0 and r.rate is not null, least(1e0, r.rate + greatest(0e0, d.above)), null) as corrected_rate_high,
    if(w.verified > 0, w.rate, null) as worst_rate
from counts as c
join every_audit as a on a.audit = c.audit
join rates as r on r.audit = c.audit and r.level = c.level and r.level_id = c.level_id and r.reading = 'found'
join rates as w on w.audit = c.audit and w.level = c.level and w.level_id = c.level_id and w.reading = 'worst'
join distances_of_all as d on d.audit = c.audit and d.level = c.level and d.level_id = c.level_id
where c.level = 'programme' or c.verified > 0
