-- One row where a file or an action names the provider $siret, none otherwise
select 1 from submissions where submissions.provider_siret = $siret
union all
select 1 from rows_actions where rows_actions.provider_siret = $siret
limit 1
