-- Gives the files that name no provider (a workbook, an empty file, one without titles) to that of their folder, once it has one.
--
-- The folder's provider is the one in whose name files of that folder were taken, this night's included, or the steward has bound
-- it to, or whose SIRET the folder is named after, if the programme knows it. Nobody is where these are several, nor where the
-- Region's files come from.
update submissions
set provider_siret = folders.provider_siret
from (
    select speaking.sender, any_value(speaking.provider_siret) as provider_siret
    from (
        select submissions.sender, coalesce(submissions.provider_siret, '') as provider_siret
        from submissions
        where submissions.decision in ('accepted', 'partial') and submissions.accepted > 0
            and submissions.released_from is null
        union all
        select bound_senders.sender, coalesce(bound_senders.provider_siret, '')
        from bound_senders
        union all
        select rows_actions.provider_siret, rows_actions.provider_siret
        from rows_actions
    ) as speaking
    where speaking.sender <> ''
    group by speaking.sender
    having count(distinct speaking.provider_siret) = 1 and any_value(speaking.provider_siret) <> ''
) as folders
where submissions.sender = folders.sender
    and submissions.provider_siret is null
    and (submissions.kind is null or submissions.kind not in ('actions', 'financements'))
    and submissions.decision in ('accepted', 'refused')
