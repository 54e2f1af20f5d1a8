with typed as (
    select
        {{ as_siret('siret') }} as siret,
        {{ plain('numero_session') }} as session_id,
        {{ plain('id_apprenant') }} as learner_ref,
        {{ as_code('sex', 'sexe') }} as sex,
        {{ as_day('naissance') }} as born_on,
        commune as commune_code,
        {{ as_code('diploma_level', 'niveau') }} as diploma_level,
        {{ as_code('yes_no_unknown', 'decrocheur') }} as is_dropout,
        {{ as_code('yes_no_unknown', 'eloigne_emploi') }} as is_far_from_employment,
        {{ as_code('yes_no_unknown', 'qpv') }} as is_qpv_resident,
        {{ as_code('yes_no_unknown', 'zone_rurale') }} as is_rural_resident,
        {{ as_code('yes_no_unknown', 'handicap') }} as is_disabled,
        try_cast(mois_sans_emploi as integer) as months_without_job,
        {{ as_day('entree_le') }} as entered_on,
        {{ as_day('sortie_le') }} as left_on,
        {{ as_code('completion', 'fin_de_parcours') }} as completion,
        {{ as_code('certification', 'certification') }} as certification
    from {{ returns('apprenants') }}
)

from typed
where siret <> '' and born_on is not null and entered_on <= current_date and (left_on is null or left_on >= entered_on)
and 'unreadable' not in (
    sex, diploma_level, is_dropout, is_far_from_employment, is_qpv_resident, is_rural_resident, is_disabled,
    coalesce(completion, ''), coalesce(certification, '')
)
