-- what: Every version of every learner that was received by the reference date
-- grain: a row of a file
-- key: submission_id, line
-- unit: none
-- excludes: birth dates and references of learners, national identifiers
-- source: private.rows_learners, private.closings, history.age_bands
-- definition: closed_by is the file that replaced or retired the row, NULL while it is in force. A learner is its pseudonym. The
--     band is that of the completed years at entry: born on 29 February, one is a year older on 1 March.
with learners_with_their_age as (
    select
        l.*,
        year(l.entered_on) - year(l.born_on)
        - cast(month(l.entered_on) * 100 + day(l.entered_on) < month(l.born_on) * 100 + day(l.born_on) as integer)
            as age_at_entry
    from private.rows_learners as l
)

select
    r.submission_id,
    r.line,
    r.provider_siret,
    r.session_id,
    r.learner_key,
    r.sex,
    cast(year(r.born_on) as integer) as birth_year,
    b.band as age_at_entry_band,
    r.commune_code,
    r.diploma_level,
    r.is_dropout,
    r.is_far_from_employment,
    r.is_qpv_resident,
    r.is_rural_resident,
    r.is_disabled,
    r.months_without_job,
    r.entered_on,
    r.left_on,
    r.completion,
    r.certification,
    c.closed_by
from learners_with_their_age as r
left join private.closings as c
    on c.kind = 'apprenants' and c.closed_by <= $last and c.submission_id = r.submission_id and c.line = r.line
left join history.age_bands as b
    on (b.youngest is null or r.age_at_entry >= b.youngest) and (b.oldest is null or r.age_at_entry <= b.oldest)
where r.submission_id <= $last
