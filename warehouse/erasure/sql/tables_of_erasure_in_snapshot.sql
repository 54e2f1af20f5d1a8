-- What an erasure in a snapshot goes by, filled by its caller: the pseudonyms of the persons erased, the sessions purged, the new
-- sentences of files; and `rows_that_go`, each by its table and its place (rowid) there, which the other queries fill.
create temp table persons (learner_key varchar);
create temp table purged (provider_siret varchar, session_id varchar);
create temp table new_sentences (sha256 varchar, rule varchar, message varchar);
create temp table rows_that_go (table_name varchar, place bigint);
