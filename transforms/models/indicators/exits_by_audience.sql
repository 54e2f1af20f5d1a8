-- what: What became of those who left, by audience, sex, diploma and age at entry, at each follow-up horizon
-- grain: a unit, horizon and audience
-- key: level, level_id, horizon, audience
-- unit: learners; rates between 0 and 1, never rounded, NULL without a denominator
-- excludes: whoever has not left by the reference date; ANNULE. Only mature leavers count beyond the column leavers
-- source: work.units, work.session_units, sums.session_outcomes, reference.horizons
-- definition: Counted as indicators.positive_exit, which it is by sex, by diploma group and by age band, for the cohort all. An
--     audience has those who are declared OUI (far_from_employment: or without a job for the rule's months); a learner may be in
--     several. Few learners may stand behind a row: look at known before rate_known.
-- proves: mature = neutralised + known + unknown
--     known = employed + training + other
--     leavers >= mature
--     known >= positive and positive >= positive_strict and employed >= durable
--     bound_low is not distinct from rate
--     rate is null or (bound_low <= bound_high and rate <= 1)
--     rate_known is null or (wilson_low <= rate_known and rate_known <= wilson_high)
-- columns:
--     level: programme, departement or provider (places are those of the session's site)
--     level_id: '' for the programme, the code or the SIRET
--     horizon: SORTIE, M3, M6 or M12
--     audience: women, men or sex_unknown; dropouts to disabled; diploma_none to diploma_unknown; age_under_18 to age_over_55
--     leavers: who left, mature or not
--     mature: leavers whose window is past
--     neutralised: mature, not counted either way (death, long illness, detention, moved abroad)
--     known: mature, with a situation that is known
--     unknown: mature, without an answer or with INCONNU
--     positive: mature, with a positive exit
--     positive_strict: mature, with a positive exit in the strict sense (employment)
--     employed: mature, in durable or other employment
--     durable: mature, in durable employment
--     training: mature, in training
--     other: mature, in another known situation
--     rate: positive / (known + unknown)
--     rate_known: positive / known
--     wilson_low: lower end of the Wilson 95 % interval of rate_known
--     wilson_high: upper end of the Wilson 95 % interval of rate_known
--     bound_low: rate, if no unknown one was positive
--     bound_high: (positive + unknown) / (known + unknown), if every unknown one was
--     response_rate: known / (known + unknown)
--     rate_strict: positive_strict / (known + unknown)
with every_audience (audience) as (
    values
        ('women'),
        ('men'),
        ('sex_unknown'),
        ('dropouts'),
        ('far_from_employment'),
        ('qpv_residents'),
        ('rural_residents'),
        ('disabled'),
        ('diploma_none'),
        ('diploma_3'),
        ('diploma_4'),
        ('diploma_5'),
        ('diploma_6_plus'),
        ('diploma_unknown'),
        ('age_under_18'),
        ('age_18_25'),
        ('age_26_30'),
        ('age_31_45'),
        ('age_46_55'),
        ('age_over_55')
),

outcomes_of_units as (
    select
        u.level,
        u.level_id,
        h.horizon,
        x.outcome_class,
        x.is_positive,
        x.is_positive_strict,
        total(x.women) as women,
        total(x.men) as men,
        total(x.sex_unknown) as sex_unknown,
        total(x.dropouts) as dropouts,
        total(x.far_from_employment) as far_from_employment,
        total(x.qpv_residents) as qpv_residents,
        total(x.rural_residents) as rural_residents,
        total(x.disabled) as disabled,
        total(x.diploma_none) as diploma_none,
        total(x.diploma_3) as diploma_3,
        total(x.diploma_4) as diploma_4,
        total(x.diploma_5) as diploma_5,
        total(x.diploma_6_plus) as diploma_6_plus,
        total(x.diploma_unknown) as diploma_unknown,
        total(x.age_under_18) as age_under_18,
        total(x.age_18_25) as age_18_25,
        total(x.age_26_30) as age_26_30,
        total(x.age_31_45) as age_31_45,
        total(x.age_46_55) as age_46_55,
        total(x.age_over_55) as age_over_55
    from work.units as u
    cross join (select distinct r.horizon from reference.horizons as r) as h
    left join work.session_units as m on m.level = u.level and m.level_id = u.level_id
    left join sums.session_outcomes as x
        on x.provider_siret = m.provider_siret and x.session_id = m.session_id and x.horizon = h.horizon
    where u.level in ('programme', 'departement', 'provider')
    group by u.level, u.level_id, h.horizon, x.outcome_class, x.is_positive, x.is_positive_strict
),

outcomes_of_audiences as (
    select
        x.level,
        x.level_id,
        x.horizon,
        a.audience,
        x.outcome_class,
        x.is_positive,
        x.is_positive_strict,
        case a.audience
            when 'women' then x.women
            when 'men' then x.men
            when 'sex_unknown' then x.sex_unknown
            when 'dropouts' then x.dropouts
            when 'far_from_employment' then x.far_from_employment
            when 'qpv_residents' then x.qpv_residents
            when 'rural_residents' then x.rural_residents
            when 'disabled' then x.disabled
            when 'diploma_none' then x.diploma_none
            when 'diploma_3' then x.diploma_3
            when 'diploma_4' then x.diploma_4
            when 'diploma_5' then x.diploma_5
            when 'diploma_6_plus' then x.diploma_6_plus
            when 'diploma_unknown' then x.diploma_unknown
            when 'age_under_18' then x.age_under_18
            when 'age_18_25' then x.age_18_25
            when 'age_26_30' then x.age_26_30
            when 'age_31_45' then x.age_31_45
            when 'age_46_55' then x.age_46_55
            when 'age_over_55' then x.age_over_55
        end as learners
    from outcomes_of_units as x
    cross join every_audience as a
),

counts_of_audiences as (
    select
        x.level,
        x.level_id,
        x.horizon,
        x.audience,
        total(x.learners) as leavers,
        total_where(x.learners, x.outcome_class <> 'not_mature') as mature,
        total_where(x.learners, x.outcome_class = 'neutralised') as neutralised,
        total_where(x.learners, x.outcome_class not in ('not_mature', 'neutralised', 'unknown')) as known,
        total_where(x.learners, x.outcome_class = 'unknown') as unknown,
        total_where(x.learners, x.is_positive) as positive,
        total_where(x.learners, x.is_positive_strict) as positive_strict,
        total_where(x.learners, x.outcome_class in ('durable', 'other_employment')) as employed,
        total_where(x.learners, x.outcome_class = 'durable') as durable,
        total_where(x.learners, x.outcome_class = 'training') as training,
        total_where(x.learners, x.outcome_class = 'other') as other
    from outcomes_of_audiences as x
    group by x.level, x.level_id, x.horizon, x.audience
)

select
    c.level,
    c.level_id,
    c.horizon,
    c.audience,
    c.leavers,
    c.mature,
    c.neutralised,
    c.known,
    c.unknown,
    c.positive,
    c.positive_strict,
    c.employed,
    c.durable,
    c.training,
    c.other,
    rate(c.positive, c.known + c.unknown) as rate,
    rate(c.positive, c.known) as rate_known,
    wilson_low(c.positive, c.known) as wilson_low,
    wilson_high(c.positive, c.known) as wilson_high,
    rate(c.positive, c.known + c.unknown) as bound_low,
    rate(c.positive + c.unknown, c.known + c.unknown) as bound_high,
    rate(c.known, c.known + c.unknown) as response_rate,
    rate(c.positive_strict, c.known + c.unknown) as rate_strict
from counts_of_audiences as c
