"""What the store knows of who a person is, so that it is known again under another reference, session or provider."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from warehouse.erasure.erased_persons import key_hashes
from warehouse.erasure.tombstones import Person
from warehouse.query_results import read_sql
from warehouse.store.pseudonyms import Pseudonyms

_SQL_PACKAGE = "warehouse.erasure"


def shared_nationals(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The hashes of the national references that are nobody's, since several people have them."""
    return {national for (national,) in con.execute(read_sql(_SQL_PACKAGE, "shared_national_references")).fetchall()}


def known_hashes(con: duckdb.DuckDBPyConnection, keys: Pseudonyms, person: Person) -> tuple[set[str], set[str]]:
    """The hashes of a person's national references and identities, from all versions of its rows in a store."""
    nationals: set[str] = set()
    hashes: set[str] = set()
    for national, born_on, sex in con.execute(read_sql(_SQL_PACKAGE, "identity_of_person"), vars(person)).fetchall():
        nationals |= {national} - {None}
        hashes |= set(key_hashes(keys, {"learner_ref": person.learner_ref, "born_on": born_on, "sex": sex}))
    return nationals - shared_nationals(con), hashes


def other_sessions_with_reference(con: duckdb.DuckDBPyConnection, person: Person) -> Iterator[tuple[str, str]]:
    """Provider and number of the other sessions in which the same reference of the provider stands, whoever that is."""
    for (session,) in con.execute(read_sql(_SQL_PACKAGE, "sessions_of_namesakes"), vars(person)).fetchall():
        yield person.provider_siret, session
