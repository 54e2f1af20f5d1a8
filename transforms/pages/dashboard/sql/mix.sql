-- The audiences of every unit and cohort; of a session, which is a cohort itself, those of all its entrants
select
    audience_mix.level,
    audience_mix.level_id,
    audience_mix.cohort,
    audience_mix.entrants,
    audience_mix.women,
    audience_mix.dropouts,
    audience_mix.far_from_employment,
    audience_mix.qpv_residents,
    audience_mix.rural_residents,
    audience_mix.disabled,
    audience_mix.priority,
    audience_mix.priority_strict,
    audience_mix.undetermined,
    audience_mix.priority_share,
    audience_mix.share_low,
    audience_mix.share_high,
    audience_mix.verdict,
    audience_mix.up_to_bac_share
from indicators.audience_mix as audience_mix
where audience_mix.level <> 'session' or audience_mix.cohort = 'all'
order by audience_mix.level, audience_mix.level_id, audience_mix.cohort
