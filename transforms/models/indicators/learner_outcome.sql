-- what: What became of each leaver, at each follow-up horizon: what the indicators of exits are sums of
-- grain: a learner who left, of a session, and horizon
-- key: provider_siret, session_id, learner_key, horizon
-- unit: none
-- excludes: whoever has not left by the reference date; ANNULE
-- source: work.outcomes, work.session_sites
-- definition: Counted with is_mature, each flag gives the column of indicators.positive_exit that has its name: count(*) filter
--     (where is_positive) is positive. No flag is true of a leaver who is not mature yet; what was answered early is in
--     clean.followups. A view: it is computed when it is asked.
-- view: yes
-- columns:
--     learner_key: the learner, as in clean.learners
--     provider_siret: the provider
--     action_id: the action
--     session_id: the session
--     horizon: SORTIE, M3, M6 or M12
--     left_on: the day of leaving
--     is_mature: the window is past
--     outcome_class: not_mature, or the class in reference.situation_classes (unknown without an answer)
--     is_neutralised: not counted either way
--     is_known: a situation that is known
--     is_positive: a positive exit
--     is_positive_strict: a positive exit in the strict sense (employment)
--     is_employed: in durable or other employment
--     is_durable: in durable employment
--     is_training: in training
--     is_digital_job: in a digital job; NSP counts as no
--     sex: F, M or X
--     age_at_entry_band: completed years at entry
--     diploma_level: at entry
--     is_dropout: school drop-out; OUI, NON or NSP
--     is_far_from_employment: OUI if declared, or without a job for the rule's months; NON or NSP
--     is_qpv_resident: living in a priority district; OUI, NON or NSP
--     is_rural_resident: living in a rural area; OUI, NON or NSP
--     is_disabled: OUI, NON or NSP
--     departement: the department of the session's site
--     epci: the EPCI of the session's site; NULL on a few islands
select
    o.learner_key,
    o.provider_siret,
    s.action_id,
    o.session_id,
    o.horizon,
    o.left_on,
    o.is_mature,
    o.outcome_class,
    o.outcome_class = 'neutralised' as is_neutralised,
    o.outcome_class not in ('not_mature', 'neutralised', 'unknown') as is_known,
    o.is_positive,
    o.is_positive_strict,
    o.is_employed,
    o.outcome_class = 'durable' as is_durable,
    o.outcome_class = 'training' as is_training,
    o.is_digital_job,
    o.sex,
    o.age_at_entry_band,
    o.diploma_level,
    o.dropout as is_dropout,
    o.far_from_employment as is_far_from_employment,
    o.qpv_resident as is_qpv_resident,
    o.rural_resident as is_rural_resident,
    o.disabled as is_disabled,
    s.departement_code as departement,
    s.epci_code as epci
from work.outcomes as o
join work.session_sites as s on s.provider_siret = o.provider_siret and s.session_id = o.session_id
