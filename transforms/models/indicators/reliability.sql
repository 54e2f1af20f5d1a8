-- what: How far the positive exits of each unit can be relied on: counted of everybody who was ever announced
-- grain: a unit and horizon
-- key: level, level_id, cohort, horizon
-- unit: learners; rates between 0 and 1, never rounded, NULL without a denominator
-- excludes: whoever was ANNULE in the first file already; files that were refused as a whole or held
-- source: work.units, work.units_of_announced, work.session_reliability, indicators.positive_exit
-- definition: docs/spec/trust.md, "Figures that nobody can polish". Announced = named for a session by any file received by the
--     reference date, accepted or set aside with a readable key; once announced, always announced. Expected = announced, and the
--     window has closed counted from the session's due end or the first exit told, whichever is earlier.
-- proves: expected = set_aside + vanished + unexited + neutralised + known + unknown
--     announced >= expected
--     coverage is null or (coverage <= 1 and floor_rate <= ceiling_rate and ceiling_rate <= 1)
-- columns:
--     level: programme, departement, epci, provider, action or session (places are those of the session's site)
--     level_id: '' for the programme, the code, SIRET, SIRET/action_id or SIRET/session_id
--     cohort: all
--     horizon: SORTIE, M3, M6 or M12
--     announced: ever announced, each person of a session once
--     expected: announced and due, whatever has become of them
--     set_aside: of the expected, nowhere in force but in quarantine or waiting
--     vanished: of the expected, no longer in force, or ANNULE after having been an entrant
--     unexited: of the expected, in force without an exit that is mature
--     neutralised: of the expected, mature and not counted either way
--     known: of the expected, mature with a situation that is known
--     unknown: of the expected, mature without an answer or with INCONNU
--     positive: of the expected, mature with a positive exit
--     coverage: (known + unknown) / expected
--     floor_rate: positive / expected: whoever is missing, neutralised or silent counts as not positive
--     ceiling_rate: (expected - known + positive) / expected: whoever is missing, neutralised or silent counts as positive
--     first_reported_positive: of known + unknown, those whose first accepted answer other than INCONNU was positive
--     first_reported_rate: first_reported_positive / (known + unknown)
--     revisions_up: of the expected, first answered as not positive, and positive in force
--     revisions_down: of the expected, first answered as positive, and so no longer (INCONNU, NEUTRALISE or removed included)
with every_unit as (
    select u.level, u.level_id
    from work.units as u
    union
    select m.level, m.level_id
    from work.units_of_announced as m
),

counts_of_units as (
    select
        m.level,
        m.level_id,
        r.horizon,
        total(r.announced) as announced,
        total(r.set_aside) as set_aside,
        total(r.vanished) as vanished,
        total(r.unexited) as unexited,
        total(r.first_reported_change) as first_reported_change,
        total(r.revisions_up) as revisions_up,
        total(r.revisions_down) as revisions_down
    from work.units_of_announced as m
    join work.session_reliability as r on r.provider_siret = m.provider_siret and r.session_id = m.session_id
    group by m.level, m.level_id, r.horizon
),

counts_beside_exits as (
    select
        u.level,
        u.level_id,
        h.horizon,
        coalesce(c.announced, 0) as announced,
        coalesce(c.set_aside, 0) as set_aside,
        coalesce(c.vanished, 0) as vanished,
        coalesce(c.unexited, 0) as unexited,
        coalesce(x.neutralised, 0) as neutralised,
        coalesce(x.known, 0) as known,
        coalesce(x.unknown, 0) as unknown,
        coalesce(x.positive, 0) as positive,
        coalesce(c.set_aside + c.vanished + c.unexited, 0) + coalesce(x.mature, 0) as expected,
        coalesce(x.positive, 0) + coalesce(c.first_reported_change, 0) as first_reported_positive,
        coalesce(c.revisions_up, 0) as revisions_up,
        coalesce(c.revisions_down, 0) as revisions_down
    from every_unit as u
    cross join (select distinct p.horizon from indicators.positive_exit as p) as h
    left join counts_of_units as c on c.level = u.level and c.level_id = u.level_id and c.horizon = h.horizon
    left join indicators.positive_exit as x
        on x.level = u.level and x.level_id = u.level_id and x.cohort = 'all' and x.horizon = h.horizon
)

select
    c.level,
    c.level_id,
    'all' as cohort,
    c.horizon,
    c.announced,
    c.expected,
    c.set_aside,
    c.vanished,
    c.unexited,
    c.neutralised,
    c.known,
    c.unknown,
    c.positive,
    rate(c.known + c.unknown, c.expected) as coverage,
    rate(c.positive, c.expected) as floor_rate,
    rate(c.expected - c.known + c.positive, c.expected) as ceiling_rate,
    c.first_reported_positive,
    rate(c.first_reported_positive, c.known + c.unknown) as first_reported_rate,
    c.revisions_up,
    c.revisions_down
from counts_beside_exits as c
