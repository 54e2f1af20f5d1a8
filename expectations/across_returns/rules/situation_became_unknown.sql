-- Follow-ups that say INCONNU where the version that they replaced knew the situation.
select f.submission_id, f.line
from history.followups as f
join history.followups as b
    on b.closed_by = f.submission_id
    and b.provider_siret = f.provider_siret
    and b.session_id = f.session_id
    and b.learner_key = f.learner_key
    and b.horizon = f.horizon
where f.closed_by is null and f.situation = 'INCONNU' and b.situation <> 'INCONNU'
