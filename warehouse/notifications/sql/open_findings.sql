-- How many errors and warnings stand, by the sender of the file that they are in
select all_findings.sender_siret, count(*) as findings
from all_findings
where not all_findings.is_settled and not all_findings.is_held
group by all_findings.sender_siret
