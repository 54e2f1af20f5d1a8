"""The documents cannot drift: generated parts are as they would be written today, and whatever is cited or linked is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.documents.fragments import DOCUMENTS, FRAGMENTS, with_fragments
from tests.documents.guide_page import PAGE, guide_page

SPECIFICATION = ROOT / "docs" / "spec"
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*SPECIFICATION.glob("*.md"), ROOT / "CONTRIBUTING.md"])
CODE = sorted(
    path for folder in ("flows", "expectations", "transforms", "warehouse", "tests") for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".sql") and path != Path(__file__)
)  # fmt: skip
#: `docs/spec/returns.md, "Corrections"`: a page, and a section of it
CITATION = re.compile(r"(?<![\w/.])((?:docs/)?(?:[a-z]+/)*[a-z-]+\.md), \"([^\"]+)\"")
#: the pages of the specification are never named without their place
PAGE_OF_SPECIFICATION = re.compile(rf"(?<!docs/spec/)\b(?:{'|'.join(page.stem for page in SPECIFICATION.glob('[a-z]*.md'))})\.md")


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def sections(document: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)


def anchors(document: str) -> set[str]:
    return {re.sub(r"[^\w -]", "", section.lower()).replace(" ", "-") for section in sections(document)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_generated_parts_are_current(document: str) -> None:
    assert text_of(document) == with_fragments(text_of(document)), "run: python -m tests.documents.write"


def test_the_guide_on_the_deposit_page_is_the_one_of_the_documents() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == guide_page(), "run: python -m tests.documents.write"


def test_every_generated_part_stands_somewhere() -> None:
    found = [name for document in DOCUMENTS for name in re.findall(r"<!-- generated: ([^>]+) -->", text_of(document))]
    assert sorted(found) == sorted(FRAGMENTS)


def test_citations_in_the_code_name_sections_that_exist() -> None:
    cited = {(*citation, path) for path in CODE for citation in CITATION.findall(path.read_text(encoding="utf-8"))}
    assert len(cited) > 10
    lost = [(page, section, path.name) for page, section, path in cited
            if not (ROOT / page).is_file() or section not in sections(page)]  # fmt: skip
    assert not lost


def test_the_code_names_pages_of_the_specification_with_their_place() -> None:
    assert not [path.name for path in CODE if PAGE_OF_SPECIFICATION.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("document", PAGES)
def test_links_lead_somewhere(document: str) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", text_of(document)):
        if "://" not in target:
            path = (ROOT / document).parent / target if target else ROOT / document
            assert path.exists(), target
            assert not anchor or anchor in anchors(path.resolve().relative_to(ROOT).as_posix()), (target, anchor)


@pytest.mark.parametrize("document", PAGES)
def test_files_that_are_named_exist(document: str) -> None:
    named = re.findall(r"`((?:flows|expectations|transforms|warehouse|tests|docs)/[\w./-]*)`", text_of(document))
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs")])
def test_rules_that_are_named_exist(page: str) -> None:
    from expectations.rule_registry import all_rules

    named = set(re.findall(r"\b(?:FIC|LIG|RET|ACT|SES|APP|SUI|DEP|FIN)-\d\d[A-Z]?\b", text_of(page)))
    assert named <= set(all_rules())


def test_the_way_of_one_file_has_the_steps_of_the_night() -> None:
    steps = re.findall(r"tasks\.(\w+)\(", text_of("flows/nightly.py"))
    assert re.findall(r"^\d\. \*\*(\w+)\*\*", text_of("CONTRIBUTING.md"), re.MULTILINE) == steps
    assert re.findall(r"`flows/steps/(\w+)\.py`", text_of("CONTRIBUTING.md")) == steps
