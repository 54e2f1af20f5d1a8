-- what: The providers by name
-- grain: a provider of an action in force, or of a file that was taken
-- key: siret
-- unit: sessions
-- excludes: providers of which only files that were refused or held are known
-- source: clean.actions, clean.sessions, quality.files
-- definition: Name and contact are those of the action that the Region sent last; NULL where it has sent none.
-- columns:
--     siret: the provider, as provider_siret elsewhere
--     name: the provider's name
--     contact_domain: what follows the @ in the contact's address
--     sessions: sessions that count
--     last_return_at: when the last file was received of which rows were taken, in Paris; NULL if there is none
with last_actions as (
    select a.provider_siret, a.provider_name, a.contact_email
    from clean.actions as a
    qualify row_number() over (partition by a.provider_siret order by a.submission_id desc, a.line desc) = 1
),

files_taken as (
    select q.provider_siret, max(q.received_at) as last_return_at
    from quality.files as q
    where q.decision in ('accepted', 'partial') and q.provider_siret is not null
    group by q.provider_siret
),

sessions_of_providers as (
    select s.provider_siret, count(*) as sessions
    from clean.sessions as s
    group by s.provider_siret
),

all_providers as (
    select a.provider_siret from last_actions as a
    union
    select t.provider_siret from files_taken as t
)

select
    p.provider_siret as siret,
    a.provider_name as name,
    lower(split_part(a.contact_email, '@', 2)) as contact_domain,
    coalesce(s.sessions, 0) as sessions,
    t.last_return_at
from all_providers as p
left join last_actions as a on a.provider_siret = p.provider_siret
left join sessions_of_providers as s on s.provider_siret = p.provider_siret
left join files_taken as t on t.provider_siret = p.provider_siret
