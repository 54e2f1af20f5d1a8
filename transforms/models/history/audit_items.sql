-- what: The leavers drawn by audits, with what was found of them before the reference date
-- grain: a leaver drawn
-- key: audit, number
-- unit: none
-- excludes: audits drawn on the reference date or after it; who they are
-- source: private.audit_draws, private.audit_items, private.audit_results
-- definition: The last sending of an audit's results before the reference date counts, whole. Of one who was erased nothing
--     is left.
with results_that_count as (
    select r.audit, r.number, r.finding, r.situation, r.found_on
    from private.audit_results as r
    where r.received_on < $as_of
    qualify r.sending = max(r.sending) over (partition by r.audit)
)

select
    i.audit,
    i.number,
    i.provider_siret,
    i.reported,
    i.learner_key is null as is_erased,
    i.observed_on,
    r.finding,
    r.situation as found_situation,
    r.found_on
from private.audit_draws as d
join private.audit_items as i on i.audit = d.audit
left join results_that_count as r on r.audit = i.audit and r.number = i.number
where d.drawn_on < $as_of
