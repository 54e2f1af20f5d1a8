-- For whom which folder may speak because it spoke first, or because the steward has said so; a NULL provider is the Region.
--
-- A released file was taken on the steward's word alone, so its folder is not the usual one. A folder of which only the name as
-- it is shown is known, with U+FFFD for what cannot be, could never be met again and would keep the true one out.
with
    files_taken as (
        select submissions.kind, submissions.provider_siret, submissions.sender, submissions.submission_id
        from submissions
        where submissions.decision in ('accepted', 'partial')
            and submissions.accepted > 0
            and submissions.released_from is null
            and not contains(submissions.sender, chr(65533))
    ),
    who_spoke_first as (
        select files_taken.provider_siret, min_by(files_taken.sender, files_taken.submission_id) as sender
        from files_taken
        where files_taken.provider_siret is not null or files_taken.kind in ('actions', 'financements')
        group by files_taken.provider_siret
    )
select who_spoke_first.provider_siret, who_spoke_first.sender
from who_spoke_first
union
select bound_senders.provider_siret, bound_senders.sender
from bound_senders
