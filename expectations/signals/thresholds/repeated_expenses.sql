-- Providers whose expenses are told more than once: the same document, or the same amount and day, in two actions; or in one action,
-- the same amount under a name that differs by a suffix.
with expenses as (
    select
        e.provider_siret,
        e.action_id,
        e.document_ref,
        e.spent_on,
        e.amount_eur,
        trim(regexp_replace(lower(e.document_ref), '[^a-z0-9]+', ' ', 'g')) as document
    from clean.expenses as e
    where e.amount_eur > 0
),

in_two_actions as (
    select e.provider_siret, e.spent_on, e.amount_eur, max(e.amount_eur) * (count(distinct e.action_id) - 1) as amount_eur_again
    from expenses as e
    group by e.provider_siret, e.spent_on, e.amount_eur
    having count(distinct e.action_id) > 1
),

document_in_two_actions as (
    select e.provider_siret, e.document_ref, sum(e.amount_eur) - max(e.amount_eur) as amount_eur_again
    from expenses as e
    anti join in_two_actions as t
        on t.provider_siret = e.provider_siret and t.spent_on = e.spent_on and t.amount_eur = e.amount_eur
    group by e.provider_siret, e.document_ref, e.amount_eur
    having count(distinct e.action_id) > 1
),

documents_with_a_suffix as (
    select e.*, regexp_replace(e.document, ' *(bis|ter|copie|copy|duplicata)$| (suite|[a-d]|[0-9]|v[0-9])$', '') as document_before
    from expenses as e
),

under_another_name as (
    select distinct d.provider_siret, d.action_id, d.document_ref, d.amount_eur as amount_eur_again
    from documents_with_a_suffix as d
    join expenses as e
        on e.provider_siret = d.provider_siret
        and e.action_id = d.action_id
        and e.spent_on = d.spent_on
        and e.amount_eur = d.amount_eur
        and e.document = d.document_before
    where d.document_before <> d.document
),

again as (
    select t.provider_siret, t.amount_eur_again from in_two_actions as t
    union all
    select t.provider_siret, t.amount_eur_again from document_in_two_actions as t
    union all
    select t.provider_siret, t.amount_eur_again from under_another_name as t
),

again_of_providers as (
    select a.provider_siret, sum(a.amount_eur_again) as amount_eur
    from again as a
    group by a.provider_siret
),

justified as (
    select e.provider_siret, sum(e.amount_eur) as amount_eur
    from expenses as e
    group by e.provider_siret
)

select
    'provider' as level,
    a.provider_siret as level_id,
    a.amount_eur as value,
    cast(round(j.amount_eur) as bigint) as "of",
    $repeated_expenses_share as threshold
from again_of_providers as a
join justified as j on j.provider_siret = a.provider_siret
where a.amount_eur >= $repeated_expenses_share * j.amount_eur
