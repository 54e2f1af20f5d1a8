-- what: What audits found, of those of whom the same had been reported
-- grain: an audit, unit, reading and what had been reported (positive, not_positive, neutralised)
-- key: audit, level, level_id, reading, reported_group
-- unit: leavers; shares between 0 and 1
-- excludes: providers of which nobody was drawn, and what they never reported
-- source: work.audit_verdicts, history.audit_strata
-- definition: Shares are Hajek's: weighted by 1 / probability, over the weights of those with a verdict; where there are
--     none, as was reported. The draws they are worth: Kish's number, or that by their variance if it is less (Korn and
--     Graubard 1998).
with levels as (
    select unnest(['programme', 'provider']) as level
),

populations as (
    select
        s.audit,
        l.level,
        case l.level when 'programme' then '' else s.provider_siret end as level_id,
        case s.reported when 'unknown' then 'not_positive' else s.reported end as reported_group,
        total(s.population) as population
    from history.audit_strata as s
    cross join levels as l
    group by s.audit, l.level, case l.level when 'programme' then '' else s.provider_siret end,
        case s.reported when 'unknown' then 'not_positive' else s.reported end
),

sums_of_weights as (
    select
        v.audit,
        l.level,
        case l.level when 'programme' then '' else v.provider_siret end as level_id,
        v.reading,
        v.reported_group,
        count(*) as verified,
        sum(v.weight) as weight,
        sum(v.weight * v.weight) as square,
        coalesce(sum(v.weight) filter (where v.verdict = 'positive'), 0) as weight_positive,
        coalesce(sum(v.weight * v.weight) filter (where v.verdict = 'positive'), 0) as square_positive,
        coalesce(sum(v.weight) filter (where v.verdict = 'not_positive'), 0) as weight_not_positive,
        coalesce(sum(v.weight * v.weight) filter (where v.verdict = 'not_positive'), 0) as square_not_positive
    from work.audit_verdicts as v
    cross join levels as l
    where v.verdict is not null
    group by v.audit, l.level, case l.level when 'programme' then '' else v.provider_siret end, v.reading, v.reported_group
),

readings as (
    select unnest(['found', 'worst']) as reading
),

shares as (
    select
        p.audit,
        p.level,
        p.level_id,
        r.reading,
        p.reported_group,
        p.population,
        coalesce(s.verified, 0) as verified,
        least(1e0, coalesce(s.weight_positive / s.weight, if(p.reported_group = 'positive', 1, 0))) as positive,
        least(1e0, coalesce(s.weight_not_positive / s.weight, if(p.reported_group = 'not_positive', 1, 0))) as not_positive,
        s.weight,
        s.square,
        s.square_positive,
        s.square_not_positive
    from populations as p
    cross join readings as r
    left join sums_of_weights as s
        on s.audit = p.audit
        and s.level = p.level
        and s.level_id = p.level_id
        and s.reading = r.reading
        and s.reported_group = p.reported_group
)

select
    s.audit,
    s.level,
    s.level_id,
    s.reading,
    s.reported_group,
    s.population,
    s.verified,
    s.positive,
    s.not_positive,
    coalesce(worth(s.positive, s.weight, s.square, s.square_positive), 0) as worth_positive,
    coalesce(worth(s.not_positive, s.weight, s.square, s.square_not_positive), 0) as worth_not_positive
from shares as s
