"""Homes whose pages are looked at: the demo's, and one of hostile returns; and where the pages of a home are."""

from __future__ import annotations

import contextlib
import csv
import email
import email.policy
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

from click.testing import CliRunner

from flows.cli import check
from flows.mail.remind import remind
from flows.night import Night
from flows.publication.open_folder import published_releases, put_in_place, write_list, write_unfinished
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.spec.paper import VALID
from tests.unit.transforms.publication.releases import PERIOD, RULE, make
from transforms.publication.filled_tables import fill_tables
from transforms.publication.read_release import ReleaseName
from transforms.publication.release_files import data_files
from transforms.synth.demo import demo_nights
from warehouse.notifications.outbox import Outbox
from warehouse.paris_days import PARIS
from warehouse.store.store import Store

#: With nobody to write to there would be no mail to look at; without a mail server mails are files in outbox/.
_SETTINGS = 'steward_email = "donnees@region.example"\nsender = "suivi@region.example"\nsettle_seconds = 0\n'
#: names that senders may give to things, and that a page may show but not obey
HOSTILE = (
    "<script>alert('script')</script>",
    "<img src=http://127.0.0.1:9/x onerror=alert('img')>",
    "\"><svg onload=alert('svg')>",
    "' onmouseover='alert(1)' style='position:fixed;inset:0",
    "]]></title></style></textarea><b>gras",
    "{{ 7 * 7 }} {% include 'style.css' %} ${7*7}",
    "javascript:alert(1)",
    "مركز التدريب الرقمي",
    "המרכז ללימודי מחשב (תל אביב) 123",
    "retour \N{RIGHT-TO-LEFT OVERRIDE}fdp.exe",
    "École 🎓 du numérique 👩‍💻 🇫🇷",
    "m" * 300,
    "Développement, intégration et médiation numériques pour les publics éloignés de l'emploi, " * 3,
    "=HYPERLINK(\"http://127.0.0.1:9\";\"ouvrir\")",
    "**gras** [lien](http://127.0.0.1:9) | `code`",
)
#: the pages of a release of open figures, by their places in open/
OPEN_PAGES = {
    "release": "2018-Q4/index.html", "release-method": "2018-Q4/methode.html", "release-differences": "2018-Q4-v2/differences.html",
    "release-list": "index.html",
}  # fmt: skip
#: the kinds of page that each of these homes has
KINDS = (
    "dashboard", "receipt-accepted", "receipt-partial", "receipt-refused", "receipt-duplicate", "receipt-held", "check", "mail-night",
    "mail-digest", "mail-failure", "mail-reminder", *OPEN_PAGES,
)  # fmt: skip
_CHECKED = 12
_FORGED = 6


def full_home(name: str, folder: Path) -> Home:
    """The home `demo` or `hostile`, with at least one page of each kind."""
    nights = _FILES[name]()
    home = _home(folder, nights)
    _check(home, nights[0])
    settings = load_settings(folder)
    with contextlib.suppress(OSError), Night(settings):
        raise OSError(28, "No space left on device", str(settings.warehouse))
    remind(settings, now=datetime.now(UTC) + timedelta(days=8))
    _release(folder / "open")
    return home


def hostile_home(folder: Path) -> Home:
    """A home after two nights of hostile files."""
    return _home(folder, _hostile_files())


def pages_of(home: Home, unpacked: Path) -> dict[str, Path]:
    """Name and file of each page of a home, the name beginning with its kind.

    They are the dashboard, receipts, a check of files, and the HTML parts of mails, unpacked into that folder.
    """
    unpacked.mkdir(parents=True, exist_ok=True)
    pages = {"dashboard": home.folder / "reports" / "index.html", **dict(_receipts(home)), **dict(_mails(home, unpacked))}
    checked = home.folder / "check.html"
    released = {kind: home.folder / "open" / path for kind, path in OPEN_PAGES.items() if (home.folder / "open" / path).is_file()}
    return {**pages, **released, **({"check": checked} if checked.is_file() else {})}


def kind_of(name: str) -> str:
    """The kind of a page of that name, one of KINDS."""
    return name.partition("/")[0]


def one_of_each(pages: dict[str, Path]) -> dict[str, Path]:
    """Of each kind the page with most to show."""
    found: dict[str, Path] = {}
    for name, path in pages.items():
        kind = kind_of(name)
        if kind not in found or _size(path) > _size(found[kind]):
            found[kind] = path
    return found


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _demo_files() -> list[dict[str, bytes]]:
    nights = [dict(files) for files in demo_nights(datetime.now(PARIS).date())]
    return [*nights, _forged(nights[0])]


def _forged(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Some of these files, each with a blank line more, from a stranger's folder: they are set aside."""
    folder = HOSTILE[0].replace("/", "\N{FRACTION SLASH}")
    return {f"{folder}/{number}.csv": data + b"\r\n" for number, data in enumerate(islice(files.values(), _FORGED))}


def _hostile_files() -> list[dict[str, bytes]]:
    """Two nights in which all that a sender may name is one of HOSTILE: files, providers, titles, sessions, documents."""
    known, *others = sirets(len(HOSTILE) + 1)
    actions, sessions, learners, expenses, fundings = [], [], [], [], []
    for number, (siret, name) in enumerate(zip(others, HOSTILE, strict=True)):
        given = {"siret": siret, "numero_action": f"{number} {name}"[:64], "numero_session": f"{number} {name}"[:64]}
        actions.append(given | {"organisme": name, "intitule": name, "subvention": "49000", "gratuite": "NON"})
        sessions.append([given, given | {"numero_session": f"S{number}", "places": name}])
        learners.append([given | {"sexe": name, "commune": name}, given | {"id_apprenant": "L2"}, given | {"id_apprenant": "L3"}])
        expenses.append([given | {"piece": name[:64]}, given | {"montant": name}])
        fundings.append(given | {"financeur": name, "reference": name[:64]})
    files = {"actions.csv": _csv("actions", actions), "financements.csv": _csv("financements", fundings)}
    for number, name in enumerate(HOSTILE):
        # A name of the file system has neither slash nor more than 255 bytes; its folders make it longer.
        part = "".join(name.replace("/", "\N{FRACTION SLASH}").encode()[:200].decode(errors="ignore"))
        files[f"{part}/{number} {part}.csv"] = _csv("sessions", sessions[number])
        # Every third provider sends no learners: that is overdue.
        if number % 3:
            files[f"{part}/apprenants {number} {part}.csv"] = _csv("apprenants", learners[number])
        files[f"{part}/dépenses {number} {part}.csv"] = _csv("depenses", expenses[number])
        files[f"refusé {number} {part}.csv"] = f"siret;{name};pièce\n{known};1;2\n".encode()
        files[f"colonne {number} {part}.csv"] = _csv("suivi", [{"siret": known}], extra=name)
    return [files, {f"bis/{name}": data for name, data in files.items() if "dépenses" in name}, _forged(files)]


_FILES = {"demo": _demo_files, "hostile": _hostile_files}


def _check(home: Home, files: Mapping[str, bytes]) -> None:
    """The page of `suivi check --format html`, of the first files."""
    paths = []
    for name, data in islice(files.items(), _CHECKED):
        paths.append(home.folder / "checked" / name)
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_bytes(data)
    done = CliRunner().invoke(check.command, ["--format", "html", *map(str, paths)])
    (home.folder / "check.html").write_bytes(done.stdout_bytes)


def _release(folder: Path) -> None:
    """Two releases of a small programme, the second with other figures: how counts are hidden is nothing that a page tells."""
    first = make()
    counts = first.published.counts.copy()
    counts.loc[("programme", ""), "women"] = None
    second = fill_tables(replace(first.published, counts=counts), first.money, RULE.smallest_denominator)
    for name, made in ((ReleaseName(PERIOD), first), (ReleaseName(PERIOD, 2), replace(first, filled=second, data=data_files(second)))):
        earlier = published_releases(folder)
        put_in_place(write_unfinished(folder, name, made.files(earlier[-1].path if earlier else None)))
        write_list(folder, published_releases(folder), "Région Hauts-de-France")


def _csv(kind: str, rows: Sequence[Mapping[str, str]], extra: str = "") -> bytes:
    """A return with the valid row of tests/spec/paper.py changed so, and a column that nobody asked for."""
    header = [*VALID[kind], *([extra] if extra else [])]
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval=extra, extrasaction="ignore", delimiter=";")
    writer.writeheader()
    writer.writerows({**VALID[kind], **row} for row in rows)
    return text.getvalue().encode()


def _home(folder: Path, nights: Sequence[Mapping[str, bytes]]) -> Home:
    home = Home(folder)
    (folder / "suivi.toml").write_text(_SETTINGS, encoding="utf-8")
    for files in nights:
        home.night(files)
    return home


def _receipts(home: Home) -> Iterator[tuple[str, Path]]:
    for path in sorted((home.folder / "receipts").glob("*/*.html")):
        told = json.loads(path.with_suffix(".json").read_bytes())
        yield f"receipt-{told['decision']}/{path.stem}", path


def _mails(home: Home, unpacked: Path) -> Iterator[tuple[str, Path]]:
    with Store.open(home.folder, read_only=True) as store:
        outbox = Outbox(store)
        mails = [(mail.topic, outbox.content(mail.message_id)) for mail in outbox.mails()]
    for number, (topic, content) in enumerate(mails, 1):
        mail = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
        part = mail.get_body(("html",))
        assert part is not None, f"a mail of topic {topic} has no HTML part"
        page = unpacked / f"{topic}-{number}.html"
        page.write_text(part.get_content(), encoding="utf-8")
        yield f"mail-{topic}/{number}", page
