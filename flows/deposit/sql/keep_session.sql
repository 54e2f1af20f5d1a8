-- Note that a session is used, if it still stands: neither idle for too long nor too old
update sessions
set seen_at = :now
where sessions.id_hash = :id_hash and sessions.seen_at > :idle_since and sessions.begun_at > :begun_since
returning sessions.address_hash, sessions.siret
