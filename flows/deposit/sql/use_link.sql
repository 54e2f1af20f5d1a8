-- Use a link, if it may still be used: at most one of those who try at once changes a row
update links
set used_at = :now
where links.token_hash = :token_hash and links.used_at is null and links.expires_at > :now
returning links.address_hash, links.siret
