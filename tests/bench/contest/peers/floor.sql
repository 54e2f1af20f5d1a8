with known_sessions as (
    select as_siret(s.siret) as siret, plain(s.numero_session) as session_id
    from sessions_text as s
    semi join actions_text as a on as_siret(a.siret) = as_siret(s.siret) and plain(a.numero_action) = plain(s.numero_action)
    where as_day(s.debut) <= as_day(s.fin)
),
learners as (
    select
        as_siret(a.siret) as siret,
        plain(a.numero_session) as session_id,
        plain(a.id_apprenant) as learner_ref,
        completion.code as completion,
        as_day(a.sortie_le) as left_on,
        sex.code = 'F' or try_cast(a.mois_sans_emploi as integer) >= 12
        or 'OUI' in (dropout.code, far.code, qpv.code, rural.code, disabled.code) as is_priority
    from apprenants_text as a
    join spellings as sex on sex.list = 'sex' and sex.spelling = plain(a.sexe)
    join spellings as diploma on diploma.list = 'diploma_level' and diploma.spelling = plain(a.niveau)
    join spellings as dropout on dropout.list = 'yes_no_unknown' and dropout.spelling = plain(a.decrocheur)
    join spellings as far on far.list = 'yes_no_unknown' and far.spelling = plain(a.eloigne_emploi)
    join spellings as qpv on qpv.list = 'yes_no_unknown' and qpv.spelling = plain(a.qpv)
    join spellings as rural on rural.list = 'yes_no_unknown' and rural.spelling = plain(a.zone_rurale)
    join spellings as disabled on disabled.list = 'yes_no_unknown' and disabled.spelling = plain(a.handicap)
    left join spellings as completion on completion.list = 'completion' and completion.spelling = plain(a.fin_de_parcours)
    left join spellings as certification on certification.list = 'certification' and certification.spelling = plain(a.certification)
    where as_siret(a.siret) <> ''
    and as_day(a.naissance) is not null
    and as_day(a.entree_le) <= current_date
    and (a.sortie_le is null or as_day(a.sortie_le) >= as_day(a.entree_le))
    and (a.fin_de_parcours is null or completion.code is not null)
    and (a.certification is null or certification.code is not null)
),
entrants as (
    select l.siret, l.session_id, l.learner_ref, l.left_on, l.is_priority
    from learners as l
    semi join known_sessions as s on s.siret = l.siret and s.session_id = l.session_id
    where l.completion is distinct from 'ANNULE'
),
answers_at_six_months as (
    select as_siret(s.siret) as siret, plain(s.numero_session) as session_id, plain(s.id_apprenant) as learner_ref, situation.code as situation
    from suivi_text as s
    join spellings as horizon on horizon.list = 'horizon' and horizon.spelling = plain(s.echeance)
    join spellings as situation on situation.list = 'situation' and situation.spelling = plain(s.situation)
    join spellings as digital on digital.list = 'yes_no_unknown' and digital.spelling = plain(s.numerique)
    left join spellings as source on source.list = 'source' and source.spelling = plain(s.source)
    where horizon.code = 'M6'
    and as_siret(s.siret) <> ''
    and as_day(s.observe_le) <= current_date
    and (s.source is null or source.code is not null)
),
counted as (
    select
        count(*) as entrants,
        count(*) filter (where e.is_priority) as priority,
        count(e.left_on) as leavers,
        count(*) filter (where a.situation = 'NEUTRALISE' and e.left_on is not null) as neutralised,
        count(*) filter (where a.situation not in ('NEUTRALISE', 'INCONNU') and e.left_on is not null) as known,
        count(*) filter (where a.situation in (
            'CDI', 'CDD_6P', 'INTERIM_6P', 'FONCTION_PUBLIQUE', 'CREATION', 'CDD_6M', 'INTERIM_6M', 'CONTRAT_AIDE', 'APPRENTISSAGE',
            'PROFESSIONNALISATION', 'FORMATION_QUALIF', 'STAGE', 'INCUBATION'
        ) and e.left_on is not null) as positive
    from entrants as e
    left join answers_at_six_months as a
        on a.siret = e.siret and a.session_id = e.session_id and a.learner_ref = e.learner_ref
),
spent as (
    select sum(as_amount(d.montant)) as justified
    from depenses_text as d
    join spellings as category on category.list = 'cost_category' and category.spelling = plain(d.poste)
    where as_day(d.date) <= current_date
),
paid as (
    select sum(as_amount(f.montant)) as paid
    from financements_text as f
    join spellings as funder on funder.list = 'funder_type' and funder.spelling = plain(f.nature)
    join spellings as status on status.list = 'funding_status' and status.spelling = plain(f.etat)
    where as_day(f.date) <= current_date and funder.code = 'REGION' and status.code = 'VERSE'
)
select
    c.entrants, c.priority, c.leavers, c.known, c.positive,
    c.positive / (c.leavers - c.neutralised) as rate,
    c.priority / c.entrants as priority_share,
    s.justified, p.paid
from counted as c cross join spent as s cross join paid as p
