"""Every rule on a file as a whole and on a damaged line, by example: what becomes of the file, and what is said of which line.

Documented in docs/spec/returns.md, "The file as a whole".
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from expectations.contract.file_rules import FILE_RULES
from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits, RulesOfDay
from expectations.verdict.decide import FileVerdict, decide
from flows.steps.check import check_files, judge_files
from flows.steps.read import read_files
from tests.golden.nights import sirets
from tests.spec.paper import SIRET, VALID, csv_of
from tests.typed_rows import comparable, lines_in_error, rows_of
from tests.workbooks import typed, with_hidden, with_openpyxl
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.tombstones import Person, Tombstone
from warehouse.intake.being_read import FilesBeingRead
from warehouse.intake.senders import Senders
from warehouse.reference.places import load_places
from warehouse.store.pseudonyms import Pseudonyms
from warehouse.store.submission import Arrival

RECEIVED_ON = date(2026, 11, 24)
ANOTHER = sirets(2)[1]
WORKBOOKS = Path(__file__).parents[1] / "unit" / "transforms" / "workbooks" / "files"


def depenses(*changes: str) -> str:
    """A file of expenses, each row with its own document and these changes."""
    return csv_of("depenses", *(f"piece=F{number} & {change}" for number, change in enumerate(changes))).decode()


def workbook(part: str) -> bytes:
    """What a zipped workbook or document looks like from outside; inside is no XML."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(part, depenses(""))
    return packed.getvalue()


def with_column(kind: str, title: str, value: str) -> str:
    """A valid file of this kind with one more column."""
    header, row = csv_of(kind).decode().splitlines()
    return f"{header};{title}\n{row};{value}\n"


def quoted_by_line(text: str) -> str:
    """The file with each of its lines as one quoted cell."""
    return "".join('"' + line.replace('"', '""') + '"\n' if line else "\n" for line in text.splitlines())


@dataclass(frozen=True)
class Case:
    """`counts` are records, accepted, quarantined, blank lines; `lines` the lines of the rule's findings (None: the file)."""

    rule: str
    name: str
    file: bytes | str
    decision: str
    counts: tuple[int, int, int, int]
    lines: tuple[int | None, ...] = (None,)
    says: tuple[str, ...] = ()


BAD = "montant=zz"
CASES = [
    Case("FIC-01", "no byte", b"", "refused", (0, 0, 0, 0)),
    Case("FIC-01", "blank lines only", "\n;;\n\n", "refused", (0, 0, 0, 3)),
    Case("FIC-02", "a document", workbook("word/document.xml"), "refused", (0, 0, 0, 0), says=("CSV", "Enregistrer sous", "n'est pas un classeur")),
    Case("FIC-02", "a PDF", b"%PDF-1.7\n", "refused", (0, 0, 0, 0), says=("CSV", "PDF")),
    Case("FIC-03", "prose", "Bonjour,\n\nvoici nos dépenses.\n", "refused", (0, 0, 0, 1)),
    Case("FIC-03", "no header", depenses("", "").partition("\n")[2], "refused", (0, 0, 0, 0)),
    Case("FIC-04", "missing, nothing like it", depenses("").replace("montant", "x"), "refused", (1, 0, 1, 0), says=("« montant »",)),
    Case("FIC-04", "missing, one like it", depenses("").replace("montant", "montent"), "refused", (1, 0, 1, 0), says=("« montant »", "« montent »")),
    Case("FIC-04", "missing, one whose first word is cut short", csv_of("apprenants").decode().replace("niveau", "Niv. scolaire"), "refused", (1, 0, 1, 0), says=("« niveau » (est-ce « Niv. scolaire » ?)",)),
    Case("FIC-04", "missing, a date of something else", csv_of("apprenants").decode().replace("naissance", "Date de convocation"), "refused", (1, 0, 1, 0), says=("Il manque « naissance ».",)),
    Case("FIC-04", "a title in another encoding", depenses("").replace("piece", "pi\u008fce"), "refused", (1, 0, 1, 0), says=("« pi", "« CSV UTF-8 »")),
    Case("FIC-04", "one that may read NSP is required too", csv_of("apprenants").decode().replace("qpv", "x"), "refused", (1, 0, 1, 0), says=("« qpv »",)),
    Case("FIC-04", "one with a ? that may read NSP may be absent", "\n".join(";".join(line.split(";")[:6]) for line in csv_of("suivi").decode().splitlines()), "accepted", (1, 1, 0, 0), ()),
    Case("FIC-05", "twice the same title", with_column("depenses", "siret", SIRET), "refused", (1, 0, 1, 0), says=("« siret »",)),
    Case("FIC-05", "a title and its alias that differ", with_column("depenses", "Montant TTC", "1200,00"), "refused", (1, 0, 1, 0), says=("« montant »",)),
    Case("FIC-05", "in a return of learners", with_column("apprenants", "Civilité", "M."), "refused", (1, 0, 1, 0), says=("« sexe » (dans votre fichier : « sexe », « Civilité »)",)),
    Case("FIC-06", "two SIRETs", depenses("", f"siret={ANOTHER}"), "refused", (2, 0, 2, 0)),
    Case("FIC-06", "the other on a row in error", depenses("", "", f"siret={ANOTHER} & {BAD}"), "refused", (3, 0, 3, 0)),
    Case("FIC-06", "the other is no SIRET", depenses("", "siret=90012000700018"), "partial", (2, 1, 1, 0), ()),
    Case("FIC-06", "the Region's file", csv_of("actions", "", f"siret={ANOTHER}"), "accepted", (2, 2, 0, 0), ()),
    Case("FIC-08", "exactly half", depenses("", BAD), "partial", (2, 1, 1, 0), ()),
    Case("FIC-08", "more than half", depenses("", BAD, BAD), "refused", (3, 0, 3, 0)),
    Case("FIC-08", "damaged lines are rows", depenses("") + "x\ny\n", "refused", (3, 0, 3, 0)),
    Case("FIC-10", "in a return of learners", with_column("apprenants", "Nom de famille", "Delacroix"), "accepted", (1, 1, 0, 0), says=("Nom de famille",)),
    Case("FIC-10", "in a return of follow-ups", with_column("suivi", "Tél.", "0612345678"), "accepted", (1, 1, 0, 0)),
    Case("FIC-10", "a title with brackets", with_column("apprenants", "Nom(s) + prénom(s)", "Delacroix"), "accepted", (1, 1, 0, 0)),
    Case("FIC-10", "refused for its rows", with_column("apprenants", "nom", "Delacroix").replace(";F;", ";Z;"), "refused", (1, 0, 1, 0)),
    Case("FIC-10", "refused for a column", with_column("apprenants", "nom", "Delacroix").replace("qpv", "x"), "refused", (1, 0, 1, 0)),
    Case("FIC-10", "refused for its SIRETs", with_column("apprenants", "nom", "Delacroix") + with_column("apprenants", "", "Delacroix").splitlines()[1].replace(SIRET, ANOTHER) + "\n", "refused", (2, 0, 2, 0)),
    Case("FIC-11", "an unknown column", with_column("depenses", "remarque", "x"), "accepted", (1, 1, 0, 0), says=("« remarque »",)),
    Case("FIC-20", "in a return of learners", with_column("apprenants", "remarque", "Delacroix"), "accepted", (1, 1, 0, 0), says=("« remarque »",)),
    Case("FIC-20", "in a return of follow-ups", with_column("suivi", "result_score", "Delacroix"), "accepted", (1, 1, 0, 0)),
    Case("FIC-20", "refused for its rows", with_column("apprenants", "x", "Delacroix").replace(";F;", ";Z;"), "refused", (1, 0, 1, 0)),
    Case("FIC-20", "refused for a column", with_column("suivi", "x", "Delacroix").replace("observe_le", "y"), "refused", (1, 0, 1, 0), says=("« x »", "« y »")),
    Case("FIC-20", "a line that says nothing else", with_column("apprenants", "x", "Delacroix") + ";" * len(VALID["apprenants"]) + "Delacroix\n", "partial", (2, 1, 1, 0)),
    Case("FIC-21", "a title and its alias that agree", with_column("depenses", "N° SIRET", SIRET), "accepted", (1, 1, 0, 0), says=("« siret » est lue", "« N° SIRET » ignorée")),
    Case("FIC-21", "a name beside a code", with_column("sessions", "Commune (nom)", "Lille"), "accepted", (1, 1, 0, 0), says=("« commune » est lue", "« Commune (nom) » ignorée")),
    Case("FIC-21", "a code under the other title", with_column("sessions", "Commune (code INSEE)", "59512").replace("59512", "Roubaix", 1), "accepted", (1, 1, 0, 0), says=("« Commune (code INSEE) » est lue",)),
    Case("FIC-21", "in a return of learners", with_column("apprenants", "Civilité", "Delacroix"), "accepted", (1, 1, 0, 0), says=("« sexe » est lue", "« Civilité » ignorée")),
    Case("FIC-21", "in a return of learners, refused for its rows", with_column("apprenants", "Commune (nom)", "Delacroix").replace(";F;", ";Z;"), "refused", (1, 0, 1, 0), says=("« Commune (nom) »",)),
    Case("FIC-14", "a header alone", depenses().splitlines()[0], "accepted", (0, 0, 0, 0)),
    Case("FIC-14", "a header and blank lines", depenses().splitlines()[0] + "\n\n;;\n", "accepted", (0, 0, 0, 2)),
    Case("FIC-15", "the list of rejected lines", "ligne du fichier;raisons du rejet;" + depenses("").replace("\n9", "\n2;x;9"), "refused", (1, 0, 1, 0)),
    Case("FIC-23", "with a password", (WORKBOOKS / "protected.ods").read_bytes(), "refused", (0, 0, 0, 0), says=("sans mot de passe",)),
    Case("FIC-24", "no XML in it", workbook("xl/workbook.xml"), "refused", (0, 0, 0, 0), says=("enregistrez-le",)),
    Case("FIC-24", "cut off", with_openpyxl({"a": typed("depenses")})[:2000], "refused", (0, 0, 0, 0)),
    Case("FIC-25", "51 sheets", with_openpyxl({str(number): [["x"]] for number in range(51)}), "refused", (0, 0, 0, 0), says=("plus de 50 feuilles",)),
    Case("FIC-26", "50 sheets, none of them a return", with_openpyxl({str(number): [["x"]] for number in range(50)}), "refused", (0, 0, 0, 0)),
    Case("FIC-26", "an empty workbook", with_openpyxl({"a": []}), "refused", (0, 0, 0, 0), says=("titres",)),
    Case("FIC-27", "a hidden sheet", with_hidden({}, {"a": typed("depenses")}), "refused", (0, 0, 0, 0), says=("affichez-la",)),
    Case("FIC-14", "a workbook with a header alone", with_openpyxl({"a": typed("depenses")[:1]}), "accepted", (0, 0, 0, 0)),
    Case("LIG-01", "a cell too few", depenses("", "", "").replace(";1000,00", "", 1), "partial", (3, 2, 1, 0), (2,)),
    Case("LIG-01", "a lone empty cell too many", depenses("", "montant=1000;", ""), "partial", (3, 2, 1, 0), (3,)),
    Case("LIG-01", "one too few where most records have one more", depenses("montant=1000;", "montant=1000;", ""), "partial", (3, 2, 1, 0), (4,)),
    Case("LIG-02", "quotes in two unquoted cells", depenses("", 'piece=F"2 & poste=AUTRE"', ""), "partial", (3, 2, 1, 0), (3,)),
    Case("LIG-02", "quotes in one unquoted cell", csv_of("financements", 'financeur=La "Région"'), "accepted", (1, 1, 0, 0), ()),
    Case("LIG-02", "text after a quote", depenses("", 'poste="AUTRE"x', ""), "partial", (3, 2, 1, 0), (3,)),
    Case("LIG-03", "a quote left open", depenses("", 'poste="AUTRE', ""), "partial", (3, 2, 1, 0), (3,)),
    Case("LIG-04", "a NUL", depenses("", "", "poste=AU\0TRE"), "partial", (3, 2, 1, 0), (4,)),
    Case("LIG-04", "a letter in another encoding", csv_of("financements", "", "reference=V2 & financeur=R\u0082gion"), "partial", (2, 1, 1, 0), (3,), says=("« CSV UTF-8 »",)),
    Case("LIG-07", "a cell as large as a spreadsheet's", csv_of("financements", "", f"reference=V2 & financeur={'a' * 32_767}"), "accepted", (2, 2, 0, 0), ()),
    Case("LIG-07", "a larger one", csv_of("financements", "", f"reference=V2 & financeur={'a' * 32_768}"), "partial", (2, 1, 1, 0), (3,)),
    Case("LIG-07", "an amount that took hours", csv_of("financements", "", f"reference=V2 & montant=1{' ' * 400_000}1"), "partial", (2, 1, 1, 0), (3,)),
    Case("LIG-07", "a line too long", csv_of("financements", "", "") + b"x;" * 600_000 + b"\n", "partial", (3, 2, 1, 0), (4,)),
    Case("FIC-19", "2 001 columns", depenses("").replace("\n", ";x" * 1_995 + "\n"), "refused", (0, 0, 0, 0), says=("2 000 colonnes",)),
    Case("FIC-11", "2 000 columns", depenses("").replace("\n", ";x" * 1_994 + "\n"), "accepted", (1, 1, 0, 0)),
    Case("FIC-14", "16 384 columns, empty but for those of the model", depenses().splitlines()[0] + ";" * 16_378 + "\n", "accepted", (0, 0, 0, 0)),
    Case("LIG-09", "a total", depenses("", "") + "TOTAL;;;;;2000,00\n", "partial", (3, 2, 1, 0), (4,)),
    Case("LIG-09", "guidance", depenses("").replace("\n", "\n14 chiffres;;;jj/mm/aaaa;voir la liste;\n", 1), "partial", (2, 1, 1, 0), (2,)),
    Case("LIG-09", "an example", depenses("", "", "siret=Exemple"), "partial", (3, 2, 1, 0), (4,)),
    Case("LIG-09", "a line that names somebody under no title of ours", with_column("suivi", "x", "Delacroix") + ";" * len(VALID["suivi"]) + "Delacroix\n", "partial", (2, 1, 1, 0), (3,)),
    Case("LIG-09", "a title that says example", csv_of("actions", "intitule=Exemple de cours"), "accepted", (1, 1, 0, 0), ()),
    Case("FIC-22", "each line quoted, titles too", quoted_by_line(depenses("", "")), "refused", (0, 0, 0, 0), says=("« Texte en colonnes »",)),
    Case("FIC-22", "in a return of learners", quoted_by_line("Export\n\n" + with_column("apprenants", "nom", "Delacroix")), "refused", (0, 0, 0, 1)),
    Case("LIG-10", "each line quoted but the titles", depenses().splitlines()[0] + "\n" + quoted_by_line(depenses("", "").partition("\n")[2]), "refused", (2, 0, 2, 0), (2, 3)),
    Case("LIG-10", "a line quoted, with a quoted cell in it", depenses("", "", "") + quoted_by_line(csv_of("depenses", 'piece="F;9"').decode().partition("\n")[2]), "partial", (4, 3, 1, 0), (5,)),
    Case("LIG-10", "in a return of learners", with_column("suivi", "x", "Delacroix") + quoted_by_line(with_column("suivi", "x", "Delacroix").partition("\n")[2]), "partial", (2, 1, 1, 0), (3,)),
    Case("LIG-01", "a quoted cell alone", depenses("", "", "") + '"x;y"\n', "partial", (4, 3, 1, 0), (5,)),
    Case("LIG-05", "mis-decoded", csv_of("financements", "financeur=FranÃ§ois"), "accepted", (1, 1, 0, 0), (2,)),
]  # fmt: skip


#: a title of the file, what stands under it, and how the finding on it names the column: by the contract's title and the file's own
TITLES = [
    ("Diplôme obtenu", "certification", "OUI !", "« certification »", "(écrivez OBTENUE ; dans votre fichier : « Diplôme obtenu »)"),
    ("Résultat certification (Delacroix)", "certification", "CDDI", "« certification »", "« Résultat certification »"),
    ("Né(e) le", "naissance", "14/07/94", "« naissance »", " ; dans votre fichier : « Né(e) le »)"),
    ("Date d'entrée", "entree_le", "01/01/2030", "La date d'entrée est postérieure", "(dans votre fichier : « Date d'entrée »)"),
    ("Certification", "certification", "CDDI", "« certification »", "hors liste"),
    ("certification (Delacroix)", "certification", "CDDI", "« certification »", "hors liste"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "field", "cell", "contract", "own"), TITLES, ids=[title for title, *_ in TITLES])
def test_a_finding_names_the_title_of_the_file_too(title: str, field: str, cell: str, contract: str, own: str) -> None:
    file = csv_of("apprenants", f"{field}={cell}").decode().replace(field, title, 1)
    found = next(finding.message for finding in _alone(file.encode()).findings if contract in finding.message)
    assert own in found if own != "hors liste" else "dans votre fichier" not in found
    assert "Delacroix" not in found


@pytest.fixture(scope="module")
def judged() -> dict[str, FileVerdict]:
    """What became of each file; all are judged in one go, as a night does."""
    files = [(f"{case.rule} {case.name}", _bytes(case)) for case in CASES]
    answers = judge_files(files, RECEIVED_ON, load_programme(), load_places(), known_sirets={SIRET, ANOTHER})
    return {file.name: file for file in answers}


@pytest.fixture(scope="module")
def judged_again(judged: dict[str, FileVerdict]) -> dict[str, FileVerdict]:
    """What becomes of what is kept of each, likewise."""
    files, hashes = [(file.name, file.archive_bytes) for file in judged.values()], [file.sha256 for file in judged.values()]
    answers = judge_files(files, RECEIVED_ON, load_programme(), load_places(), known_sirets={SIRET, ANOTHER}, hashes=hashes)
    return {file.name: file for file in answers}


def _bytes(case: Case) -> bytes:
    return case.file.encode() if isinstance(case.file, str) else case.file


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.name}")
def test_what_becomes_of_the_file(case: Case, judged: dict[str, FileVerdict]) -> None:
    file = judged[f"{case.rule} {case.name}"]
    assert (file.decision, (file.records, file.accepted, file.quarantined, file.blank_lines)) == (case.decision, case.counts)
    found = [finding for finding in file.findings if finding.rule == case.rule]
    assert tuple(finding.line for finding in found) == case.lines
    about_file = [finding.message for finding in file.findings if finding.line is None]
    assert list(file.reasons) == about_file
    assert all(words in found[0].message for words in case.says)
    if file.decision == "refused":
        assert FILE_RULES[file.findings[0].rule].severity == "error"
        assert file.rows is None


def test_nothing_of_columns_that_may_name_people_is_kept(judged: dict[str, FileVerdict]) -> None:
    files = [file for name, file in judged.items() if name.startswith(("FIC-10", "FIC-20", "FIC-21 in", "LIG-09 a line", "FIC-22 in", "LIG-10 in"))]
    assert len(files) == 16
    for file in files:
        assert b"Delacroix" not in file.archive_bytes
        assert "Delacroix" not in repr((file.findings, file.rows, file.reasons))


@pytest.mark.parametrize("case", [case for case in CASES if isinstance(case.file, str)], ids=lambda case: f"{case.rule} {case.name}")
def test_what_is_kept_is_judged_as_what_came(case: Case, judged: dict[str, FileVerdict], judged_again: dict[str, FileVerdict]) -> None:
    before, again = (verdicts[f"{case.rule} {case.name}"] for verdicts in (judged, judged_again))
    assert comparable(again) == comparable(before)


def _alone(file: bytes, limits: RefusalLimits | None = None, known: set[str] | None = None) -> FileVerdict:
    (found,) = judge_files([("x.csv", file)], RECEIVED_ON, load_programme(), load_places(), limits=limits, known_sirets=known)
    return found


def _unknown_provider() -> FileVerdict:
    return _alone(csv_of("depenses"), known={ANOTHER})


def _too_large() -> FileVerdict:
    return _alone(csv_of("depenses"), limits=RefusalLimits(max_file_mb=0.00001))


def _sent_twice() -> FileVerdict:
    files = [("a.csv", csv_of("depenses")), ("b.csv", csv_of("depenses"))]
    return judge_files(files, RECEIVED_ON, load_programme(), load_places())[1]


def _crash() -> FileVerdict:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.steps.read.read_and_redact", lambda *_: 1 / 0)
        return _alone(csv_of("depenses"))


def _erased() -> FileVerdict:
    person = Person(SIRET, "S1", "L1")
    pseudonyms = Pseudonyms(b"\x07" * 32)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    tombstone = Tombstone("x", at, pseudonyms.learner_key(SIRET, "S1", "L1"), pseudonyms.reference_hash("L1"))
    erased = ErasedPersons(pseudonyms, [tombstone], wanted=person)
    (found,) = judge_files([("x.csv", csv_of("suivi"))], RECEIVED_ON, load_programme(), load_places(), erased=erased)
    assert not found.rows
    return found


def _in_a_home(*files: tuple[str, bytes], being_read: FilesBeingRead | None = None) -> FileVerdict:
    """The last of these files, each with its sender, on one night of a home in which nobody has spoken yet."""
    rules, now = RulesOfDay(RECEIVED_ON, load_programme()), datetime.now(UTC)
    arrivals = [
        Arrival(f"{sender}/{n}.csv", Path(f"{n}.csv"), data, sha256(data).hexdigest(), now, sender=sender)
        for n, (sender, data) in enumerate(files)
    ]
    read = read_files([(arrival, rules, None) for arrival in arrivals], being_read=being_read)
    found = check_files(read, load_places(), being_read=being_read)
    return decide(found, senders=Senders(), sent_before=lambda _: pytest.fail("all came tonight"))[-1]


def _from_another_folder() -> FileVerdict:
    return _in_a_home(("A", csv_of("depenses")), ("B", csv_of("depenses", "piece=F2")))


def _replaced_since() -> FileVerdict:
    return _in_a_home(("A", csv_of("depenses")), ("A", csv_of("depenses", "montant=2")), ("A", csv_of("depenses")))


def _comes_again() -> FileVerdict:
    """Another spelling of the reference, and no birth date to speak against it."""
    erased = ErasedPersons(Pseudonyms(b"\x07" * 32), wanted=Person(SIRET, "S1", "L1")).watching_for_likeness()
    file = csv_of("apprenants", "id_apprenant=l-01", "id_apprenant=L2")
    (found,) = judge_files([("x.csv", file)], RECEIVED_ON, load_programme(), load_places(), erased=erased)
    assert [row["learner_ref"] for row in rows_of(found)] == ["L2"]
    assert (found.accepted, found.quarantined, lines_in_error(found)) == (1, 1, [])
    assert b"l-01" not in found.archive_bytes
    return found


def _read_while_two_nights_died() -> FileVerdict:
    file = csv_of("depenses")
    with TemporaryDirectory() as home:
        for _ in range(2):
            FilesBeingRead(Path(home)).begin([sha256(file).hexdigest()])  # and its night ends there
        return _in_a_home(("A", file), being_read=FilesBeingRead(Path(home)))


#: rules that depend on more than the bytes of one file
CIRCUMSTANCES: dict[str, tuple[Callable[[], FileVerdict], str]] = {
    "FIC-07": (_unknown_provider, "accepted"),
    "FIC-09": (_too_large, "refused"),
    "FIC-12": (_crash, "refused"),
    "FIC-13": (_sent_twice, "duplicate"),
    "FIC-16": (_read_while_two_nights_died, "held"),
    "FIC-17": (_from_another_folder, "held"),
    "FIC-18": (_replaced_since, "held"),
    "LIG-06": (_erased, "accepted"),
    "LIG-08": (_comes_again, "partial"),
}


@pytest.mark.parametrize("rule", CIRCUMSTANCES)
def test_in_other_circumstances(rule: str) -> None:
    happens, decision = CIRCUMSTANCES[rule]
    file = happens()
    assert (file.decision, [finding.rule for finding in file.findings]) == (decision, [rule])


def test_no_file_rule_lacks_an_example() -> None:
    overdue = {rule for rule in FILE_RULES if rule.startswith("RET")}  # test_cross_rules.py
    assert {case.rule for case in CASES} | set(CIRCUMSTANCES) | overdue == set(FILE_RULES)
