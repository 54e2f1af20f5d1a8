-- Which new files may settle which findings without a row's key, by what both files are; what they are about comes after.
--
-- A later file of the same kind and provider may settle them if everything in it is right; those of a refused file, if anything
-- of it was taken. Of a file whose kind was not recognised the name is all there is: `retour.xlsx` is settled by `retour.csv`,
-- and `Dépenses 2018 v2.xlsx` by the same provider's next return of expenses, as its name has the name of that kind and of no
-- other; `classeur.xlsx` by the provider's next return of any kind. An empty return says nothing, and settles nothing. That
-- somebody erased seems to have come again (LIG-08) is settled by no file of the same night: the steward must hear of it. The
-- finding of a held file is settled by nothing but the file that it counts as.
create or replace temp table files_that_may_settle as
with
    files_taken as (
        select
            submissions.submission_id, submissions.kind, submissions.provider_siret, submissions.decision,
            regexp_replace(submissions.file_name, '\.[^./]*$', '') as stem
        from submissions
        where submissions.submission_id >= $first and submissions.decision in ('accepted', 'partial') and submissions.accepted > 0
    ),
    findings_standing as (
        select
            findings.finding_id, findings.rule, findings.submission_id, submissions.kind, submissions.provider_siret,
            submissions.decision, regexp_replace(submissions.file_name, '\.[^./]*$', '') as stem,
            list_filter(
                ['actions', 'sessions', 'apprenants', 'suivi', 'depenses', 'financements'],
                lambda kind: contains(lower(strip_accents(parse_filename(submissions.file_name))), kind.rtrim('s'))
            ) as kinds_in_name
        from findings
        join submissions on submissions.submission_id = findings.submission_id
        anti join resolutions on resolutions.finding_id = findings.finding_id
        where findings.row_key is null and submissions.decision <> 'held'
    )
select findings_standing.finding_id, findings_standing.submission_id, files_taken.submission_id as later
from findings_standing
join files_taken
    on files_taken.submission_id > findings_standing.submission_id
    and (files_taken.decision = 'accepted' or findings_standing.decision = 'refused')
    and (findings_standing.rule <> 'LIG-08' or findings_standing.submission_id < $first)
    and (
        (
            files_taken.kind = findings_standing.kind
            and files_taken.provider_siret is not distinct from findings_standing.provider_siret
        )
        or (
            findings_standing.kind is null
            and (
                (
                    files_taken.provider_siret = findings_standing.provider_siret
                    and (
                        len(findings_standing.kinds_in_name) <> 1
                        or findings_standing.kinds_in_name[1] = files_taken.kind
                    )
                )
                or files_taken.stem = findings_standing.stem
            )
        )
    )
