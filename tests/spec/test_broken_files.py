"""Broken files as a table: the bytes, the lines that are read, the lines that are quarantined and why.

Documented in docs/spec/returns.md, "Reading a file".
"""

from dataclasses import dataclass

import pytest

from tests.spec.paper import titled
from transforms.read import Reading, Role, Unreadable, account, read_return
from transforms.read.decode import is_mis_decoded

HEADER = ("siret", "debut", "intitule", "places")
S = "12345678900012"


def is_header(cells):
    titles = [cell.strip(" \ufeff").lower() for cell in cells]
    return titled("sessions", titles) if titles[:3] == list(HEADER[:3]) else None


def read(data: bytes) -> Reading:
    reading = read_return(data, is_header)
    account(reading)
    return reading


@dataclass(frozen=True)
class Case:
    """`text` below the header; `read` the titles by line; `damaged` the rule by line; `blank` the blank lines."""

    name: str
    text: str
    read: dict[int, str]
    damaged: dict[int, str]
    blank: tuple[int, ...] = ()


A, B, C = (f"{S};0{n}/03/2024;{t};1{n}" for n, t in ((1, "Alpha"), (2, "Bravo"), (3, "Charlie")))
GOOD = {2: "Alpha", 3: "Bravo", 4: "Charlie"}

DAMAGE = [
    Case("no damage", f"{A}\n{B}\n{C}\n", GOOD, {}),
    Case("no final newline", f"{A}\n{B}\n{C}", GOOD, {}),
    Case("a cell missing", f"{A}\n{S};02/03/2024;Bravo\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a cell too many", f"{A}\n{B};x\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("an empty cell too many", f"{A}\n{B};\n{C}; ;;\n", {2: "Alpha"}, {3: "LIG-01", 4: "LIG-01"}),
    Case("an empty cell too many in the only record", f"{A};\n", {}, {2: "LIG-01"}),
    Case("an empty cell too many in both records", f"{A};\n{B};\n", {2: "Alpha", 3: "Bravo"}, {}),
    Case("an empty cell too many in half of the records", f"{A};\n{B}\n", {3: "Bravo"}, {2: "LIG-01"}),
    Case("most records end in an empty cell: a separator too few", f"{A};\n{B}\n{C};\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("most records end in an empty cell: one too many", f"{A}; \n{B};;\n{C};\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("most records end in two empty cells", f"{A};;\n{B};\n{C};; \n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a surplus that is not empty", f"{A};\n{B};x\n{C};\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("shifted by a separator too many, its last cell empty", f"{A}\n{S};;02/03/2024;Bravo;\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a separator doubled inside", f"{A}\n{S};;02/03/2024;Bravo;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a quoted empty cell too many", f'{A}\n{B};""\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("most records end in a quoted empty cell", f'{A};""\n{B};""\n{C}\n', {2: "Alpha", 3: "Bravo"}, {4: "LIG-01"}),
    Case("cut in the middle", f"{A}\n{B}\n{S};03/0", {2: "Alpha", 3: "Bravo"}, {4: "LIG-01"}),
    Case("cut inside quotes", f'{A}\n{B}\n{S};03/03/2024;"Char', {2: "Alpha", 3: "Bravo"}, {4: "LIG-03"}),
    Case("two records on a line", f"{A}{B}\n{C}\n", {3: "Charlie"}, {2: "LIG-01"}),
    Case("text after a closing quote", f'{A}\n{S};02/03/2024;"Bra"vo;12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("a quote not doubled", f'{A}\n{S};02/03/2024;"un "petit" mot";12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("text after an empty quoted cell", f'{A}\n{S};02/03/2024;""Bravo;12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("a quote never closes", f'{A}\n{S};02/03/2024;"Bravo;12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-03"}),
    Case("the first record's quote never closes", f'{S};01/03/2024;"Alpha;11\n{B}\n{C}\n', {3: "Bravo", 4: "Charlie"}, {2: "LIG-03"}),
    Case("the last record's quote never closes", f'{A}\n{B}\n{S};03/03/2024;"Charlie;13\n', {2: "Alpha", 3: "Bravo"}, {4: "LIG-03"}),
    Case("a quote opens the whole record", f'{A}\n"{B}\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-03"}),
    Case("two quotes never close, same column", f'{S};01/03/2024;"Alpha;11\n{B}\n{S};03/03/2024;"Charlie;13\n', {3: "Bravo"}, {2: "LIG-03", 4: "LIG-03"}),
    Case("two unclosed neighbours", f'{A}\n{S};02/03/2024;"Bravo;12\n{S};03/03/2024;"Charlie;13\n', {2: "Alpha"}, {3: "LIG-03", 4: "LIG-03"}),
    Case(
        "an unclosed quote, and further down a stray one that would close it at the right width",
        f'{S};01/03/2024;"Alpha;11\n{B}\n{S};03/03/2024;Charlie";13\n',
        {3: "Bravo", 4: 'Charlie"'},
        {2: "LIG-03"},
    ),
    Case(
        "an unclosed quote and a stray one next to it",
        f'{A}\n{S};02/03/2024;"Bravo;12\n{S};03/03/2024;Charlie";13\n',
        {2: "Alpha", 4: 'Charlie"'},
        {3: "LIG-03"},
    ),
    Case("an unclosed quote before a quoted neighbour", f'{S};01/03/2024;"Alpha;11\n{S};02/03/2024;"Bravo";12\n{C}\n', {3: "Bravo", 4: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed quote before a cell that begins with the separator", f'{S};01/03/2024;"Alpha;11\n{S};02/03/2024;";Bravo";12\n{C}\n', {3: ";Bravo", 4: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed quote before a cell with a line break", f'{S};01/03/2024;"Alpha;11\n{S};02/03/2024;"Bra\nvo";12\n{C}\n', {3: "Bra\nvo", 5: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed quote before a cell that begins with a line break", f'{S};01/03/2024;"Alpha;11\n{S};02/03/2024;"\nBravo";12\n{C}\n', {3: "\nBravo", 5: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed last cell before a record whose last cell begins with a line break", f'{S};01/03/2024;Alpha;"11\n{S};02/03/2024;Bravo;"\n12"\n{C}\n', {3: "Bravo", 5: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed quote before empty quoted cells", f'{S};01/03/2024;"Alpha;11\n{S};02/03/2024;"";12\n{C}\n', {3: "", 4: "Charlie"}, {2: "LIG-03"}),
    Case("an unclosed quote, a blank line, a record", f'{S};01/03/2024;"Alpha;11\n\n{C}\n', {4: "Charlie"}, {2: "LIG-03"}, (3,)),
    Case("a cell with a line break, one cell short", f'{A}\n{S};"Bra\nvo";12\n{C}\n', {2: "Alpha", 5: "Charlie"}, {3: "LIG-01"}),
    Case("a stray quote inside a cell with a line break", f'{A}\n{S};02/03/2024;"Bra\nv"o";12\n{C}\n', {2: "Alpha", 5: "Charlie"}, {3: "LIG-03", 4: "LIG-01"}),
    Case("the closing quote of a cell with a line break is lost", f'{A}\n{S};02/03/2024;"Bra\nvo;12\n{C}\n', {2: "Alpha", 5: "Charlie"}, {3: "LIG-03", 4: "LIG-01"}),
    Case("a NUL", f"{A}\n{S};02/03/2024;Bra\0vo;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a bell", f"{A}\n{S};02/03/2024;Bravo\a;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a form feed, a vertical tab", f"{A}\x0c\n{B}\x0b\n{C}\n", {4: "Charlie"}, {2: "LIG-04", 3: "LIG-04"}),
    Case("a file separator does not cut the line", f"{A}\n{S};02/03/2024;Bra\x1cvo;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a C1 control character", f"{A}\n{S};02/03/2024;Bra\x85vo;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("DEL", f"{A}\n{S};02/03/2024;Bra\x7fvo;12\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a line separator does not cut the line", f"{A}\n{S};02/03/2024;Bra\u2028vo;12\n{C}\n", {2: "Alpha", 3: "Bra\u2028vo", 4: "Charlie"}, {}),
    Case("a NUL in a cell with a line break", f'{A}\n{S};02/03/2024;"Bra\n\0vo";12\n{C}\n', {2: "Alpha", 5: "Charlie"}, {3: "LIG-04"}),
    Case("a NUL and an unclosed quote", f'{A}\n{S};\0;"Bravo;12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a line of NULs at the end", f"{A}\n{B}\n{C}\n\0\0\0\0", GOOD, {5: "LIG-04"}),
    Case("a Ctrl-Z after the last record's end", f"{A}\n{B}\n{C}\n\x1a", GOOD, {}, (5,)),
    Case("a Ctrl-Z inside a record", f"{A}\n{B}\x1a\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-04"}),
    Case("a Ctrl-Z line between records", f"{A}\n{B}\n\x1a\n{C}\n", {2: "Alpha", 3: "Bravo", 5: "Charlie"}, {}, (4,)),
    Case("blank, space and separator lines", f"{A}\n\n \t\u00a0\n;;;\n;\n{C}\n", {2: "Alpha", 7: "Charlie"}, {}, (3, 4, 5, 6)),
    Case("a record of quoted empty cells is blank", f'{A}\n"";"";"";""\n{C}\n', {2: "Alpha", 4: "Charlie"}, {}, (3,)),
    Case("a line of another separator is no record", f"{A}\n,,,\n{C}\n", {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a total under the table", f"{A}\n{B}\nTotal : 2\n", {2: "Alpha", 3: "Bravo"}, {4: "LIG-09"}),
    Case("a total in the columns of the table", f"{A}\nTOTAL;;;12\n;;Sous-total;12\n", {2: "Alpha"}, {3: "LIG-09", 4: "LIG-09"}),
    Case("figures without a word under the table", f"{A}\n;;;12\n", {2: "Alpha"}, {3: "LIG-09"}),
    Case("a total with a line break in it", f'{A}\n"Total\ngénéral";;;12\n{C}\n', {2: "Alpha", 5: "Charlie"}, {3: "LIG-09"}),
    Case("a line with a SIRET is no total, be it too short", f"{A}\nTotal;{S};12\n", {2: "Alpha"}, {3: "LIG-01"}),
    Case("guidance", f"14 chiffres;jj/mm/aaaa;texte;nombre de places\n{A}\n", {3: "Alpha"}, {2: "LIG-09"}),
    Case("an example", f"Exemple :;01/03/2024;Alpha;11\n{B}\n", {3: "Bravo"}, {2: "LIG-09"}),
    Case("titles that say total or example", f"{S};01/03/2024;Total Web;11\n{S};01/03/2024;Exemple;11\n", {2: "Total Web", 3: "Exemple"}, {}),
    Case("the header repeated", f"{A}\n{';'.join(HEADER)}\n{C}\n", {2: "Alpha", 4: "Charlie"}, {}),
    Case("a quote in an unquoted cell", f'{A}\n{S};02/03/2024;Écran 24";12\n{C}\n', {2: "Alpha", 3: 'Écran 24"', 4: "Charlie"}, {}),
    Case("quotes in two unquoted cells", f'{A}\n{S};02/03/2024;Bra"vo;1"2\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("a separator lost before a quoted one", f'{A}\n{S};02/03/2024"Bra;vo";12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("a quoted cell beside a stray quote", f'{A}\n{S};"02/03/2024";Écran 24";12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("quotes in two unquoted cells, and a cell too many", f'{A}\n{S};02/03/2024;Bra"vo;1"2;\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-01"}),
    Case("a separator inside a wrapper", f'{A}\n{S};="02/03;2024";12\n{C}\n', {2: "Alpha", 4: "Charlie"}, {3: "LIG-02"}),
    Case("wrappers", f'{A}\n{S};="02/03/2024";="Bravo"; ="12" \n{S};="03/03/2024";Écran 24";"13"\n', {2: "Alpha", 3: '="Bravo"'}, {4: "LIG-02"}),
    Case("wrappers beside a quote in an unquoted cell", f'{A}\n{S};="02/03/2024";Écran 24";="12"\n{C}\n', {2: "Alpha", 3: 'Écran 24"', 4: "Charlie"}, {}),
    Case("a quoted word in an unquoted cell", f'{A}\n{S};02/03/2024;L"Atelier" web;12\n{C}\n', {2: "Alpha", 3: 'L"Atelier" web', 4: "Charlie"}, {}),
    Case("spaces around a quoted cell", f'{A}\n{S};02/03/2024; "Bravo; vo" ;12\n{C}\n', {2: "Alpha", 3: "Bravo; vo", 4: "Charlie"}, {}),
    Case("spaces before a quoted word", f'{A}\n{S};02/03/2024; "Bravo" web;12\n{C}\n', {2: "Alpha", 3: ' "Bravo" web', 4: "Charlie"}, {}),
    Case("a quoted cell of many lines", f'{A}\n{S};02/03/2024;"un\n\n""deux""\n;trois\n";12\n{C}\n', {2: "Alpha", 3: 'un\n\n"deux"\n;trois\n', 8: "Charlie"}, {}),
    Case("a table pasted into a cell, as wide as the file", f'{A}\n{S};02/03/2024;"un\na;b;c;d\ne;f;g;h\nfin";12\n{C}\n', {2: "Alpha", 3: "un\na;b;c;d\ne;f;g;h\nfin", 7: "Charlie"}, {}),
    Case("only a header", "", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("case", DAMAGE, ids=lambda case: case.name)
def test_damage_is_isolated(case, encoding, newline):
    text = (";".join(HEADER) + "\n" + case.text).replace("\n", newline)
    reading = read(text.encode(encoding))
    assert {r.line: r.cells[2] for r in reading.records.rows()} == case.read
    assert {d.line: d.rule for d in reading.damaged} == case.damaged
    assert tuple(n for n, role in enumerate(reading.line_roles, 1) if role == Role.BLANK) == case.blank
    assert all(r.cells[0] == S and len(r.cells) == 4 for r in reading.records.rows())
    assert not any(is_mis_decoded(cell) for r in reading.records.rows() for cell in r.cells)


H = b"siret;debut;intitule;places\n"
R = b"12345678900012;01/03/2024;%s;11\n"

ENCODINGS = [
    ("utf-8", H + R % "Développeur".encode(), {2: "Développeur"}, set()),
    ("utf-8 with BOM", b"\xef\xbb\xbf" + H + R % "Développeur".encode(), {2: "Développeur"}, set()),
    ("windows-1252", H + R % "Développeur – 10 €".encode("cp1252"), {2: "Développeur – 10 €"}, set()),
    ("utf-16 LE", (H + R % b"x").decode().replace("x", "é€").encode("utf-16"), {2: "é€"}, set()),
    ("utf-16 BE", b"\xfe\xff" + (H + R % b"x").decode().replace("x", "é€").encode("utf-16-be"), {2: "é€"}, set()),
    ("utf-16 without BOM", (H + R % b"x").decode().replace("x", "é€").encode("utf-16-le"), {2: "é€"}, set()),
    ("mixed by line", H + R % "Été".encode() + R % "Été".encode("cp1252"), {2: "Été", 3: "Été"}, set()),
    ("mixed under a BOM", b"\xef\xbb\xbf" + H + R % "Été".encode("cp1252"), {2: "Été"}, set()),
    ("windows-1252 that looks like UTF-8", H + R % "« FORMÉ »".encode("cp1252") + R % "FORMÉ »".encode("cp1252"),
     {2: "« FORMÉ »", 3: "FORMÉ »"}, set()),
    ("iso-8859-15", H + R % "Cœur de métier, 10 €".encode("iso-8859-15") + R % "œuvre".encode("iso-8859-15"),
     {2: "Cœur de métier, 10 €", 3: "œuvre"}, set()),
    ("a currency sign among signs of windows-1252", H + R % b"10 \xa4 \x96 \xe9t\xe9", {2: "10 ¤ – été"}, {2}),
    ("code page 850", H + R % "Développeur".encode("cp850") + R % "Contrôle".encode("cp850") + R % "web".encode("cp850"),
     {2: "D‚veloppeur", 3: "Contr“le", 4: "web"}, {2, 3}),
    ("Mac Roman", H + R % "Développeur".encode("mac_roman") + R % "l’accueil".encode("mac_roman") + R % "N° 3".encode("mac_roman"),
     {2: "DŽveloppeur", 3: "lÕaccueil", 4: "N¡ 3"}, {2, 3, 4}),
    ("signs and names of windows-1252", H + R % "“Cité” – l’été… ½ journée, Škoda, Žižek, ŒUVRE, naïf, Søren, 5 ‰, PHŒNIX".encode("cp1252"),
     {2: "“Cité” – l’été… ½ journée, Škoda, Žižek, ŒUVRE, naïf, Søren, 5 ‰, PHŒNIX"}, set()),
    ("mis-decoded upstream", H + R % "FranÃ§ois".encode() + R % "François".encode(), {2: "FranÃ§ois", 3: "François"}, {2}),
    ("mis-decoded apostrophe", H + R % "lâ€™Atelier".encode(), {2: "lâ€™Atelier"}, {2}),
    ("capital A tilde is Portuguese", H + R % "SÃO JOÃO".encode(), {2: "SÃO JOÃO"}, set()),
    ("capital A circumflex is French", H + R % "CHÂTEAU ÂGÉ".encode(), {2: "CHÂTEAU ÂGÉ"}, set()),
    ("U+FFFD", H + R % "Fran\ufffdois".encode(), {2: "Fran\ufffdois"}, {2}),
    ("a byte that is nothing in Windows-1252", H + R % b"Fran\x81\xe7ois", {2: "Fran\ufffdçois"}, {2}),
    ("UTF-8 cut inside a character", H + R % "Été".encode() + R % "Éch".encode() + R % "à".encode()[:1], {2: "Été", 3: "Éch", 4: "Ã"}, {4}),
    ("a second BOM further down", H + R % b"x" + b"\xef\xbb\xbf" + H + R % b"y", {2: "x", 4: "y"}, set()),
    ("mixed newlines", b"siret;debut;intitule;places\r\n" + R % b"x" + b"\r" + R % b"y", {2: "x", 4: "y"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "titles", "mis_decoded"), [case[1:] for case in ENCODINGS], ids=[c[0] for c in ENCODINGS]
)
def test_encodings(data, titles, mis_decoded):
    reading = read(data)
    assert {r.line: r.cells[2] for r in reading.records.rows()} == titles
    assert {r.line for r in reading.records.rows() if is_mis_decoded(r.cells[2])} == mis_decoded
    assert reading.damaged == []
    assert reading.header == HEADER


REFUSED = [
    ("no byte", b"", "FIC-01"),
    ("only a BOM", b"\xef\xbb\xbf", "FIC-01"),
    ("only a UTF-16 BOM", b"\xff\xfe", "FIC-01"),
    ("only blank lines", b"\r\n \t\r\n;;;\r\n\x1a", "FIC-01"),
    ("only NULs", bytes(4096), "FIC-01"),
    ("xlsx", b"PK\x03\x04\x14\x00\x06\x00" + H, "FIC-02"),
    ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "FIC-02"),
    ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "FIC-02"),
    ("gzip", b"\x1f\x8b\x08\x00", "FIC-02"),
    ("png", b"\x89PNG\r\n\x1a\n\x00\x00", "FIC-02"),
    ("a table saved as HTML", b"\xef\xbb\xbf<html><body><table><tr><td>siret</td></tr>", "FIC-02"),
    ("other binary", bytes(range(1, 32)) * 40, "FIC-02"),
    ("prose", "Bonjour,\nvoici le retour demandé.\n".encode(), "FIC-03"),
    ("records without a header", R % b"x", "FIC-03"),
    ("only a sep line", b"sep=;\n", "FIC-03"),
    ("a header too far down", b"titre\n" * 200 + H, "FIC-03"),
]


@pytest.mark.parametrize(("data", "rule"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(data, rule):
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.rule == rule
    assert refused.value.detail


@pytest.mark.parametrize(
    ("data", "blank"),
    [(b"", 0), (b"\n\n \n", 3), (b"\r\n \t\r\n;;;\r\n\x1a", 4), (b"Bonjour,\n\n;;\nvoici le retour.\n", 2)],
)
def test_blank_lines_of_a_file_without_a_header_are_counted(data, blank):
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert refused.value.blank_lines == blank


LAYOUTS = [
    ("a sep line", b"sep=;\n" + H + R % b"x", ["preamble", "header", "record"]),
    ("a sep line under a BOM, with CRLF", b"\xef\xbb\xbfsep=;\r\n" + H + R % b"x", ["preamble", "header", "record"]),
    ("a sep line that is wrong", b"sep=,\n" + H + R % b"x", ["preamble", "header", "record"]),
    ("a sep line repeated with the header", b"sep=;\n" + H + R % b"x" + b"sep=;\n" + H, ["preamble", "header", "record", "preamble", "header"]),
    ("titles and blank lines above", b'Retour "sessions\n\n;;;\nR\xe9gion;;;\n' + H + R % b"x", ["preamble", "blank", "blank", "preamble", "header", "record"]),
    ("a quoted header", b'"siret";"debut";"intitule";"places"\n' + R % b"x", ["header", "record"]),
    ("a line break in a title", b'siret;debut;intitule;"places\nouvertes"\n' + R % b"x", ["header", "header", "record"]),
    ("trailing empty columns", b"siret;debut;intitule;places;;\n" + R % b"x" + b"12345678900012;01/03/2024;y;11;;\n", ["header", "record", "record"]),
    ("trailing empty columns, one too few or too many", b"siret;debut;intitule;places;;\n" + b"".join(b"12345678900012;01/03/2024;y;11" + b";" * n + b"\n" for n in (0, 1, 2, 3)), ["header", "record", "damaged", "record", "damaged"]),
    ("one trailing empty column", b"siret;debut;intitule;places;\n" + b"".join(b"12345678900012;01/03/2024;y;11" + b";" * n + b"\n" for n in (0, 1, 1, 2)), ["header", "damaged", "record", "record", "damaged"]),
    ("one trailing empty column of the header alone", b"siret;debut;intitule;places;\n" + R % b"x" + R % b"y" + R % b"z" + b"12345678900012;;01/03/2024;y;\n", ["header", "record", "record", "record", "damaged"]),
    ("a blank record of two lines", H + b'"";"\n";"";""\n' + R % b"x", ["header", "blank", "blank", "record"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "roles"), [case[1:] for case in LAYOUTS], ids=[case[0] for case in LAYOUTS])
def test_layouts(data, roles):
    reading = read(data)
    assert [Role(role).name.lower() for role in reading.line_roles] == roles
    assert reading.delimiter == ";"
    assert [r.cells[0] for r in reading.records.rows()] == [S] * roles.count("record")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("announced", [True, False])
def test_delimiters(delimiter, announced):
    rows = [HEADER, (S, "01/03/2024", "x", "11"), (S, "", "", "")]
    text = "\n".join(delimiter.join(row) for row in rows)
    reading = read((f"sep={delimiter}\n" * announced + text).encode())
    assert reading.delimiter == delimiter
    assert [r.cells for r in reading.records.rows()] == rows[1:]
