"""What the store knows of who a person is, so that it is known again under another reference, session or provider."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from warehouse.erasure.erased_persons import key_prints
from warehouse.erasure.tombstones import Person
from warehouse.store.pseudonyms import Pseudonyms

# A national reference that stands for several people, whose birth dates differ, is nobody's.
_SHARED = """
    SELECT national_ref FROM rows_learners WHERE national_ref IS NOT NULL
    GROUP BY national_ref HAVING count(DISTINCT born_on) >= 3
"""
_KNOWN = """
    SELECT DISTINCT national_ref, born_on, sex FROM rows_learners
    WHERE provider_siret = ? AND session_id = ? AND learner_ref = ?
"""
# The same reference may be somebody else's there: who asks next has to look.
_NAMESAKES = """
    SELECT DISTINCT session_id FROM rows_learners WHERE provider_siret = $1 AND learner_ref = $3 AND session_id <> $2
    UNION
    SELECT DISTINCT session_id FROM rows_followups WHERE provider_siret = $1 AND learner_ref = $3 AND session_id <> $2
    ORDER BY ALL
"""
# Only coalesced: DuckDB 2.0.0 cannot compare a split_part of a column that is NULL throughout.
_NAMESAKES_IN_ERROR = """
    SELECT DISTINCT split_part(coalesce(row_key, ''), chr(31), 2) FROM quarantined_rows
    WHERE split_part(coalesce(row_key, ''), chr(31), 1) = $1 AND split_part(coalesce(row_key, ''), chr(31), 2) <> $2
        AND split_part(coalesce(row_key, ''), chr(31), 3) = $3
"""


def shared_nationals(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The hashes of the national references that are nobody's, since several people have them."""
    return {national for (national,) in con.execute(_SHARED).fetchall()}


def known_prints(con: duckdb.DuckDBPyConnection, keys: Pseudonyms, person: Person) -> tuple[set[str], set[str]]:
    """The hashes of a person's national references and identities, from all versions of its rows in a store."""
    nationals: set[str] = set()
    prints: set[str] = set()
    for national, born_on, sex in con.execute(_KNOWN, list(vars(person).values())).fetchall():
        nationals |= {national} - {None}
        prints |= set(key_prints(keys, {"learner_ref": person.learner_ref, "born_on": born_on, "sex": sex}))
    return nationals - shared_nationals(con), prints


def namesakes(con: duckdb.DuckDBPyConnection, person: Person) -> Iterator[tuple[str, str]]:
    """Provider and number of the other sessions in which the same reference of the provider stands, whoever that is."""
    found: set[str] = set()
    for query in (_NAMESAKES, _NAMESAKES_IN_ERROR):
        found |= {session for (session,) in con.execute(query, list(vars(person).values())).fetchall()}
    yield from ((person.provider_siret, session) for session in sorted(found))
