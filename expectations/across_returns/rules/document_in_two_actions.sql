-- Expenses that count and of which the same document, of the same amount, counts for another action of the provider too.
select e.submission_id, e.line
from clean.expenses as e
semi join clean.expenses as o
    on o.provider_siret = e.provider_siret
    and o.document_ref = e.document_ref
    and o.amount_eur = e.amount_eur
    and o.action_id <> e.action_id
