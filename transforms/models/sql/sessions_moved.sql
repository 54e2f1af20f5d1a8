-- Sessions whose sums may be others than in the warehouse that is attached as {earlier}, which has those of $as_of_before: their
-- rows differ, or between that day and the reference date somebody has entered, left or become mature. Put in for each table:
-- the columns that count. A row is in one session, so that the hashes of a session's rows, added up, stand for all of them.
create or replace table work.sessions_moved as
with rows_now as (
    select 'learners' as part, l.provider_siret, l.session_id, sum(hash({learners})) as hashes
    from clean.learners as l
    group by l.provider_siret, l.session_id
    union all
    select 'followups' as part, f.provider_siret, f.session_id, sum(hash({followups})) as hashes
    from clean.followups as f
    group by f.provider_siret, f.session_id
    union all
    select 'sessions' as part, s.provider_siret, s.session_id, sum(hash({sessions})) as hashes
    from clean.sessions as s
    group by s.provider_siret, s.session_id
),

rows_before as (
    select 'learners' as part, l.provider_siret, l.session_id, sum(hash({learners})) as hashes
    from {earlier}.clean.learners as l
    group by l.provider_siret, l.session_id
    union all
    select 'followups' as part, f.provider_siret, f.session_id, sum(hash({followups})) as hashes
    from {earlier}.clean.followups as f
    group by f.provider_siret, f.session_id
    union all
    select 'sessions' as part, s.provider_siret, s.session_id, sum(hash({sessions})) as hashes
    from {earlier}.clean.sessions as s
    group by s.provider_siret, s.session_id
)

select
    coalesce(n.provider_siret, b.provider_siret) as provider_siret,
    coalesce(n.session_id, b.session_id) as session_id
from rows_now as n
full join rows_before as b on b.part = n.part and b.provider_siret = n.provider_siret and b.session_id = n.session_id
where n.hashes is distinct from b.hashes

union

select l.provider_siret, l.session_id
from clean.learners as l
cross join work.reference_date as d
where
    (l.entered_on > $as_of_before and l.entered_on <= d.as_of)
    or (l.left_on > $as_of_before and l.left_on <= d.as_of)

union

select l.provider_siret, l.session_id
from clean.learners as l
cross join work.reference_date as d
join reference.horizons as h on h.valid_from <= l.left_on and (h.valid_to is null or l.left_on < h.valid_to)
where l.left_on + h.closes_after_days >= $as_of_before and l.left_on + h.closes_after_days < d.as_of
