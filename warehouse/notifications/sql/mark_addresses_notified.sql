-- Notes at the moment $at that providers were notified of every address that any file gave them
insert into notified
select distinct
    'contact', null, concat(rows_actions.provider_siret, '/', rows_actions.submission_id), null, $at
from rows_actions
