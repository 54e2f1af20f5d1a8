-- what: The learners that count
-- grain: a learner
-- key: provider_siret, session_id, learner_key
-- unit: none
-- excludes: rows that wait for their parent, or that a rule across returns has found to be in error
-- source: in_force.learners, work.rows_kept_out, reference.communes
-- definition: Neither the file, nor the line, nor the order of the rows tells a learner's row of a file. Birth date and commune are
--     told as age band, EPCI and département (as the sites of sessions are counted; NULL abroad), by which few learners stand
--     alone.
select
    i.provider_siret,
    i.session_id,
    i.learner_key,
    i.sex,
    i.age_at_entry_band,
    c.epci_code,
    case when left(c.commune_code, 2) in ('97', '98') then left(c.commune_code, 3) else left(c.commune_code, 2) end
        as departement,
    i.diploma_level,
    i.is_dropout,
    i.is_far_from_employment,
    i.is_qpv_resident,
    i.is_rural_resident,
    i.is_disabled,
    i.months_without_job,
    i.entered_on,
    i.left_on,
    i.completion,
    i.certification
from in_force.learners as i
left join reference.communes as c on c.commune_code = i.commune_code
anti join work.rows_kept_out as k on k.submission_id = i.submission_id and k.line = i.line
order by i.provider_siret, i.session_id, i.learner_key
