-- what: How the training of each session's leavers ended
-- grain: a session and quarter of leaving
-- key: provider_siret, session_id, quarter
-- unit: learners
-- excludes: entrants who have not left by the reference date
-- source: work.entrants
-- definition: as indicators.certification
-- columns:
--     provider_siret: the provider
--     session_id: the session
--     quarter: of leaving, like 2026-Q1
--     leavers: who left
--     completed: to the end of the training
--     dropped_out: before the end, for a job or not
--     dropped_out_to_job: before the end, for a job
--     presented: presented to the certification
--     certified: certified in full
select
    e.provider_siret,
    e.session_id,
    quarter_of(e.left_on) as quarter,
    count(*) as leavers,
    count(*) filter (where e.completion = 'TERMINE') as completed,
    count(*) filter (where e.completion in ('ABANDON', 'ABANDON_EMPLOI')) as dropped_out,
    count(*) filter (where e.completion = 'ABANDON_EMPLOI') as dropped_out_to_job,
    count(*) filter (where e.certification in ('OBTENUE', 'PARTIELLE', 'NON_OBTENUE')) as presented,
    count(*) filter (where e.certification = 'OBTENUE') as certified
from work.entrants as e
where e.left_on is not null
group by e.provider_siret, e.session_id, quarter_of(e.left_on)
