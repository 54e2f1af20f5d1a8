-- What an erasure in the store goes by, filled by its caller: the keys of the persons erased, and their pseudonyms, with
-- rows or without; the records of which an original has but a mark, up to which file that is so (NULL: all of them); the
-- mails without the persons; the new sentences of files.
create temp table persons (provider_siret varchar, session_id varchar, learner_ref varchar);
create temp table erased_keys (learner_key varchar);
create temp table marked (sha256 varchar, line integer, up_to bigint);
create temp table mails (message_id varchar, subject varchar, content blob);
create temp table new_sentences (sha256 varchar, rule varchar, message varchar);
