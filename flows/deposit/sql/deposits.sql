-- The files that a provider has deposited, the last first; with a number that one alone
select
    deposits.number, deposits.siret, deposits.file_name, deposits.original_name, deposits.size, deposits.sha256,
    deposits.deposited_at, deposits.decision, deposits.page
from deposits
where deposits.siret = :siret and (:number is null or deposits.number = :number)
order by deposits.number desc
limit :limit
