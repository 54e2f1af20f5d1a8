with known_sessions as (
    select s.siret, s.session_id
    from {{ ref('sessions') }} as s
    semi join {{ ref('actions') }} as a using (siret, action_id)
),
entrants as (
    select
        l.siret, l.session_id, l.learner_ref, l.left_on,
        l.sex = 'F' or coalesce(l.months_without_job, 0) >= 12
        or 'OUI' in (l.is_dropout, l.is_far_from_employment, l.is_qpv_resident, l.is_rural_resident, l.is_disabled) as is_priority
    from {{ ref('learners') }} as l
    semi join known_sessions using (siret, session_id)
    where l.completion is distinct from 'ANNULE'
),
answered as (
    select e.left_on, e.is_priority, f.situation
    from entrants as e
    left join {{ ref('followups') }} as f
        on f.siret = e.siret and f.session_id = e.session_id and f.learner_ref = e.learner_ref
        and f.horizon = 'M6' and e.left_on is not null
),
counted as (
    select
        count(*) as entrants,
        count(*) filter (where is_priority) as priority,
        count(left_on) as leavers,
        count(*) filter (where situation = 'NEUTRALISE') as neutralised,
        count(*) filter (where situation not in ('NEUTRALISE', 'INCONNU')) as known,
        count(*) filter (where situation in (
            'CDI', 'CDD_6P', 'INTERIM_6P', 'FONCTION_PUBLIQUE', 'CREATION', 'CDD_6M', 'INTERIM_6M', 'CONTRAT_AIDE', 'APPRENTISSAGE',
            'PROFESSIONNALISATION', 'FORMATION_QUALIF', 'STAGE', 'INCUBATION'
        )) as positive
    from answered
)
select
    entrants, priority, leavers, known, positive,
    positive / (leavers - neutralised) as rate,
    priority / entrants as priority_share,
    (select cast(sum(amount_eur) as double) from {{ ref('expenses') }}) as justified,
    (select cast(sum(amount_eur) as double) from {{ ref('fundings') }} where funder_type = 'REGION' and status = 'VERSE') as paid
from counted
