-- What the page must not forget: links that were mailed, sessions that stand, files that were deposited (SQLite)
--
-- No address is here, and no token: links and sessions are known by keyed hashes, addresses too. Times are seconds since 1970.
create table if not exists links (
    token_hash text primary key,
    address_hash text not null,
    siret text,
    expires_at real not null,
    used_at real
);
create table if not exists sessions (
    id_hash text primary key,
    address_hash text not null,
    siret text,
    begun_at real not null,
    seen_at real not null
);
create table if not exists deposits (
    number integer primary key autoincrement,
    siret text not null,
    file_name text not null,
    original_name text not null,
    size integer not null,
    sha256 text not null,
    deposited_at real not null,
    decision text,
    page text
);
create index if not exists deposits_of_provider on deposits (siret, number);
