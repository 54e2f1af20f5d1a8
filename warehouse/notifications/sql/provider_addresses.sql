-- The addresses of each provider ($siret: of that one alone) that count still, the newest first
--
-- The address of a provider is what the action says that was received last, or agreed last among several in one file. Only
-- what a night left counts: providers were never told of each file of a night one by one, so that a hundred addresses in one
-- night are one change. An address that a newer one has replaced counts on while that happened after $since, and while the
-- steward has not confirmed the newer one.
with
address_that_each_night_left as (
    select
        rows_actions.provider_siret,
        rows_actions.provider_name,
        rows_actions.contact_email,
        rows_actions.submission_id,
        submissions.file_name,
        submissions.received_at
    from rows_actions
    join submissions on submissions.submission_id = rows_actions.submission_id
    where $siret is null or rows_actions.provider_siret = $siret
    qualify row_number() over (
        partition by rows_actions.provider_siret, submissions.run_id
        order by rows_actions.submission_id desc, rows_actions.agreed_on desc, rows_actions.line desc
    ) = 1
),
address_with_its_neighbours as (
    select
        address_that_each_night_left.provider_siret,
        address_that_each_night_left.provider_name,
        address_that_each_night_left.contact_email,
        address_that_each_night_left.submission_id,
        address_that_each_night_left.file_name,
        address_that_each_night_left.received_at,
        lag(address_that_each_night_left.contact_email) over of_provider as earlier_email,
        lead(address_that_each_night_left.received_at) over of_provider as replaced_at
    from address_that_each_night_left
    window of_provider as (
        partition by address_that_each_night_left.provider_siret order by address_that_each_night_left.submission_id
    )
),
last_confirmation as (
    select contact_confirmations.provider_siret, max(contact_confirmations.confirmed_at) as confirmed_at
    from contact_confirmations
    group by contact_confirmations.provider_siret
),
notified_changes as (
    select notified.name from notified where notified.what = 'contact'
)
select
    address.provider_siret,
    address.provider_name,
    address.contact_email,
    address.submission_id,
    address.file_name,
    address.received_at,
    lower(address.earlier_email) <> lower(address.contact_email) as is_change,
    notified_changes.name is null as is_new
from address_with_its_neighbours as address
left join last_confirmation on last_confirmation.provider_siret = address.provider_siret
left join notified_changes on notified_changes.name = concat(address.provider_siret, '/', address.submission_id)
where address.replaced_at is null
    or (
        address.replaced_at > $since
        and (last_confirmation.confirmed_at is null or address.replaced_at > last_confirmation.confirmed_at)
    )
order by address.provider_siret, address.submission_id desc
