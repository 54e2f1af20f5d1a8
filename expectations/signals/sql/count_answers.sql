-- The answers that count, as often as the shares of several signals need them: by provider, and by session and day.
create or replace table work.answer_counts as
select f.provider_siret, f.horizon, f.situation, f.source, count(*) as answers
from clean.followups as f
group by f.provider_siret, f.horizon, f.situation, f.source;

create or replace table work.answer_days as
select f.provider_siret, f.session_id, f.horizon, f.observed_on, count(*) as answers
from clean.followups as f
group by f.provider_siret, f.session_id, f.horizon, f.observed_on;

create or replace table work.audience_counts as
select
    a.provider_siret,
    sum(a.entrants) as entrants,
    sum(a.sex_unknown) as sex_unknown,
    sum(a.qpv_residents) as qpv_residents,
    sum(a.rural_residents) as rural_residents
from sums.session_audiences as a
group by a.provider_siret
