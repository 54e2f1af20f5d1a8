-- The leavers drawn by audits; of those who are erased the stratum alone, so that the estimate can say how many they are.
select
    audit_items.audit,
    audit_items.number,
    audit_items.provider_siret,
    audit_items.reported,
    case when erased.audit is null then audit_items.session_id end as session_id,
    case when erased.audit is null then audit_items.learner_key end as learner_key,
    case when erased.audit is null then audit_items.situation end as situation,
    case when erased.audit is null then audit_items.observed_on end as observed_on,
    case when erased.audit is null then audit_items.source end as source
from old.audit_items
left join audit_items_of_persons as erased on erased.audit = audit_items.audit and erased.number = audit_items.number
order by audit_items.rowid
