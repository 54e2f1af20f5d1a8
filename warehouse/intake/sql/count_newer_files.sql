-- How many files of a kind and a provider (of the Region, where it is NULL) were taken after the file of that number.
select count(*) as files
from submissions
where submissions.submission_id > $number
    and submissions.kind = $kind
    and submissions.provider_siret is not distinct from $provider_siret
    and submissions.decision in ('accepted', 'partial')
