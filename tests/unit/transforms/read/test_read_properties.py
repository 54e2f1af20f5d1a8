"""Any clean file is read exactly; damage to one record never loses, alters or merges another."""

import csv
import io
from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.spec.paper import titled
from transforms.read import Reading, Unreadable, account, read_return

HEADER = ["siret", "titre", "debut", "note"]
LATIN = "abcXYZ éèàçÉœ€’«»0129.:'-"


def is_header(cells):
    titles = [cell.strip().lower() for cell in cells]
    return titled("sessions", titles) if titles == HEADER else None


def read(data: bytes) -> Reading:
    reading = read_return(data, is_header)
    account(reading)
    return reading


@dataclass(frozen=True)
class Sample:
    """A clean file: its records as cells, and how it is written."""

    records: list[list[str]]
    delimiter: str
    newline: str
    encoding: str
    quote_all: bool

    def physical(self) -> list[list[str]]:
        """The header and each record as the physical lines that it takes."""
        return [self._line(HEADER), *map(self._line, self.records)]

    def _line(self, cells: list[str]) -> list[str]:
        special = (self.delimiter, '"', "\n", "\r")
        written = [
            '"' + c.replace('"', '""') + '"' if self.quote_all or any(s in c for s in special) or c != c.strip() else c
            for c in cells
        ]
        return self.delimiter.join(written).split("\n")

    def encode(self, lines: list[list[str]]) -> bytes:
        text = self.newline.join(line for record in lines for line in record) + self.newline
        if self.encoding != "mixed":
            return text.encode(self.encoding)
        pieces = text.split(self.newline)
        return self.newline.encode().join(
            piece.encode("utf-8" if at % 2 else "cp1252") for at, piece in enumerate(pieces)
        )


@st.composite
def samples(draw, encodings=("utf-8", "utf-8-sig", "utf-16", "cp1252"), least=0, alphabet=LATIN):
    delimiter = draw(st.sampled_from(";,\t|"))
    text = st.text(st.sampled_from(alphabet + delimiter + '"\n'), max_size=12)
    plain = st.text(st.sampled_from(alphabet), max_size=12)
    sirets = st.integers(10**13, 10**14 - 1).map(str)
    dates = st.dates().map(lambda day: f"{day.day:02}/{day.month:02}/{day.year:04}")
    record = st.tuples(sirets, text | plain, dates, text | plain).map(list)
    return Sample(
        draw(st.lists(record, min_size=least, max_size=8)),
        delimiter,
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.sampled_from(encodings)),
        draw(st.booleans()),
    )


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def lines_of(physical: list[list[str]]) -> list[int]:
    """The first physical line of each record, the header's not included."""
    starts, line = [], 1
    for record in physical:
        starts.append(line)
        line += len(record)
    return starts[1:]


@given(samples())
def test_a_clean_file_is_read_exactly(sample):
    physical = sample.physical()
    data = sample.encode(physical)
    # « Éœ » in cp1252 are the bytes of one UTF-8 letter: such a file is UTF-8, and nobody can know better.
    assume(sample.encoding != "cp1252" or data.isascii() or not is_utf8(data))
    reading = read(data)
    assert [(r.line, list(r.cells)) for r in reading.records.rows()] == list(
        zip(lines_of(physical), sample.records, strict=True)
    )
    assert reading.damaged == []
    assert reading.delimiter == sample.delimiter
    assert reading.physical_lines == sum(map(len, physical))


@given(samples(alphabet="abc é;0129.:'-", encodings=("mixed",)))
def test_a_file_in_two_encodings_is_read_exactly(sample):
    reading = read(sample.encode(sample.physical()))
    assert [list(r.cells) for r in reading.records.rows()] == sample.records


@given(samples(encodings=("utf-8",)))
def test_on_a_clean_file_the_standard_library_agrees(sample):
    data = sample.encode(sample.physical())
    text = data.decode().replace(sample.newline, "\n")
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=sample.delimiter, strict=True))
    assert [list(r.cells) for r in read(data).records.rows()] == expected[1:]


@given(samples(), st.data())
def test_blank_lines_and_repeated_headers_change_no_record(sample, data):
    header, *records = sample.physical()
    extra = st.sampled_from(
        ["", " ", sample.delimiter * 3, "\x1a", sample.delimiter.join(HEADER), "sep=" + sample.delimiter]
    )
    lines = [header]
    for record in records:
        lines += [[line] for line in data.draw(st.lists(extra, max_size=2))]
        lines.append(record)
    reading = read(sample.encode(lines))
    assert [list(r.cells) for r in reading.records.rows()] == sample.records
    assert reading.damaged == []


def _insert(text: str, at: int, what: str) -> str:
    return text[:at] + what + text[at:]


@settings(max_examples=5 * settings().max_examples)
@given(samples(least=1), st.data())
def test_damage_to_one_record_harms_no_other(sample, data):
    header, *records = sample.physical()
    hurt = data.draw(st.integers(0, len(records) - 1))
    text = "\n".join(records[hurt])
    at = data.draw(st.integers(0, len(text)))
    kind = data.draw(
        st.sampled_from(["quote", "separator", "NUL", "lose quote", "lose separator", "lose", "truncate", "text"])
    )
    if kind == "truncate":
        text = text[:at]
    elif kind.startswith("lose"):
        wanted = {"lose quote": '"', "lose separator": sample.delimiter}.get(kind)
        places = [n for n, c in enumerate(text) if wanted in (None, c)]
        if places:
            gone = data.draw(st.sampled_from(places))
            text = text[:gone] + text[gone + 1 :]
    else:
        text = _insert(text, at, {"quote": '"', "separator": sample.delimiter, "NUL": "\0", "text": "zz"}[kind])
    lines = [header, *records]
    lines[hurt + 1] = text.split("\n")
    reading = read(sample.encode(lines))
    starts = lines_of(lines)
    first, last = starts[hurt], starts[hurt] + len(lines[hurt + 1]) - 1
    others = [(line, cells) for n, (line, cells) in enumerate(zip(starts, sample.records, strict=True)) if n != hurt]
    assert [(r.line, list(r.cells)) for r in reading.records.rows() if not first <= r.line <= last] == others
    assert all(first <= d.line and d.last_line <= last for d in reading.damaged)
    if kind in ("NUL", "separator") and len(reading.records):
        own = [list(r.cells) for r in reading.records.rows() if first <= r.line <= last]
        assert kind == "separator" or own == []


@settings(max_examples=2 * settings().max_examples)
@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16"]), st.booleans())
def test_no_bytes_make_it_crash(noise, encoding, above):
    """Whatever stands above or under a header, the file is read with its accounts proven."""
    header = (";".join(HEADER) + "\n").encode(encoding or "utf-8")
    try:
        assert read(noise + b"\n" + header if above and not encoding else header + noise).header
    except Unreadable as refused:
        assert above and refused.rule in ("FIC-02", "FIC-03")
