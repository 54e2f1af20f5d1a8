-- The lines of an audit's sheet: whom it drew, with the provider's own reference as it was sent last, and what was found so
-- far.
with last_references as (
    select l.learner_key, l.learner_ref
    from rows_learners as l
    qualify row_number() over (partition by l.learner_key order by l.submission_id desc, l.line desc) = 1
),

last_results as (
    select r.number, r.finding, r.situation, r.found_on, r.means
    from audit_results as r
    where r.audit = $audit and r.sending = (select max(s.sending) from audit_results as s where s.audit = $audit)
)

select
    i.number, i.provider_siret, i.session_id, l.learner_ref, i.reported, i.situation, i.observed_on, i.source, r.finding,
    r.situation as found_situation, r.found_on, r.means
from audit_items as i
left join last_references as l on l.learner_key = i.learner_key
left join last_results as r on r.number = i.number
where i.audit = $audit
order by i.number
