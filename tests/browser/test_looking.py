"""The questions themselves: a page that does what no page of ours may do is caught, a plain one is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser import looking
from tests.browser.chromium import Page
from transforms.pages.templating import templates

Show = Callable[..., Page]

PLAIN = """{% extends "page.html.j2" %}{% block title %}Une page simple{% endblock %}
{% block header %}<h1>Une page simple</h1>{% endblock %}
{% block main %}<h2>Un titre</h2><p>Du texte et <a href="#main">un lien</a>.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Un tableau"><table><caption>Un tableau</caption>
<thead><tr><th scope="col">Colonne</th></tr></thead><tbody><tr><td>{{ cell }}</td></tr></tbody></table></div>
<details><summary>Plus</summary><p>Plus de texte.</p></details>{% endblock %}"""
PHONE = '<meta name="viewport" content="width=device-width"><title>Une page</title>'


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Show:
    """`shown(body, width)`: the page with this body in a window of that width."""

    def show(body: str, width: int = 1280, head: str = PHONE) -> Page:
        path = tmp_path / "page.html"
        path.write_text(f'<!doctype html><html lang="fr"><meta charset="utf-8">{head}<body>{body}', encoding="utf-8")
        page.open(path, width)
        return page

    return show


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("cell", ["valeur", "<script>alert(1)</script>" * 20], ids=["plain", "hostile"])
def test_the_frame_of_our_pages_has_no_fault(page: Page, tmp_path: Path, width: int, cell: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(templates().from_string(PLAIN).render(cell=cell), encoding="utf-8")
    page.open(path, width)
    assert looking.faults(page) == []


def test_the_frame_lets_nothing_run_even_if_it_got_in(page: Page, tmp_path: Path) -> None:
    got_in = '<img src="http://127.0.0.1:9/x.png" onerror="alert(1)"><script>alert(2)</script>'
    path = tmp_path / "page.html"
    path.write_text(templates().from_string(PLAIN.replace("Du texte", got_in)).render(cell=""), encoding="utf-8")
    page.open(path)
    assert page.dialogs == []
    # The page's own policy held them back, and that it had to is a fault.
    assert looking.restless(page)
    assert len(looking.active(page)) == 2


def test_what_leaves_the_page_is_caught(shown: Show) -> None:
    for body in (
        '<img src="http://127.0.0.1:9/x.png" alt="">',
        '<p style="background:url(http://127.0.0.1:9/x.png)">x',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        "<script>fetch('http://127.0.0.1:9/x')</script>",
        '<iframe src="http://127.0.0.1:9/"></iframe>',
        "<style>@font-face { font-family: x; src: url(http://127.0.0.1:9/x) } p { font-family: x }</style><p>x",
    ):
        assert any("127.0.0.1:9" in text for text in looking.restless(shown(body))), body


def test_what_runs_is_caught(shown: Show) -> None:
    assert "dialog: 1" in looking.restless(shown("<script>alert(1)</script>"))
    assert "dialog: 2" in looking.restless(shown('<img src="data:," onerror="alert(2)">'))
    assert looking.active(shown('<a href=" JavaScript:alert(3)">x</a><svg onload="1"></svg><base href="/">')) != []


def test_what_does_not_fit_is_caught(shown: Show) -> None:
    assert looking.too_wide(shown('<p style="width:1300px">x'))
    assert looking.too_wide(shown(f"<p>{'m' * 300}", 360))
    assert looking.too_wide(shown("<p>x", 360)) == []
    assert looking.too_wide(shown("<p>x", 360, "<title>x</title>")), "without the viewport's rule a phone shows the page as if it were a desk"
    inside = '<div style="overflow-x:{}"><div style="width:2000px">x</div></div>'
    assert looking.too_wide(shown(inside.format("auto"))) == []
    assert looking.cut_off(shown(inside.format("auto"))) == []
    assert looking.cut_off(shown(inside.format("hidden")))
    assert looking.badly_printed(shown(inside.format("auto")))


def test_what_cannot_be_used_by_all_is_caught(shown: Show) -> None:
    faults = looking.axe(shown('<main><h1>x</h1><img src="data:,"><p style="color:#aaa">pâle</p></main>', head="<title></title>"))
    assert {fault.partition(":")[0] for fault in faults} >= {"image-alt", "color-contrast", "document-title"}
    assert looking.unnamed(shown("<h1>x</h1><h3>y</h3>", head="<title>x</title>")) == ['title: "x"', "a heading level is skipped: 1,3"]
    assert looking.unreached(shown('<a href="#">x</a>')) == []
    assert looking.unreached(shown('<style>:focus { outline: 0 }</style><a href="#">x</a>'))
    assert looking.unreached(shown('<a href="#" style="position:absolute;left:-999px">x</a>'))
    trap = "<script>addEventListener('keydown', e => e.preventDefault())</script>"
    assert looking.unreached(shown(f'<a href="#">x</a>{trap}'))
    assert looking.unopened(shown(f"<details><summary>x</summary>y</details>{trap}"))


def test_names_that_turn_their_neighbours_around_are_caught(shown: Show) -> None:
    name = "retour \u202etxt.exe"
    assert looking.spilled(shown(f"<p>Le fichier {name} est là."), [name])
    assert looking.spilled(shown(f"<p>Le fichier <bdi>{name}</bdi> est là."), [name]) == []
    assert looking.spilled(shown(f"<table><tr><td>{name}</td></table>"), [name]) == []


def test_links_that_lead_nowhere_are_caught(shown: Show, tmp_path: Path) -> None:
    (tmp_path / "là.csv").write_text("")
    assert looking.dead(shown('<a href="là.csv">x</a><a href="#y" id="y">y</a><a href="mailto:a@exemple.fr">z</a>')) == []
    assert looking.dead(shown('<a href="pas%20là.csv">x</a>')) == [f"no such file: {tmp_path.as_uri()}/pas%20l%C3%A0.csv"]
    assert looking.dead(shown('<a href="#y">y</a>')) == ["no such place: y"]


def test_what_is_folded_can_be_opened_to_be_looked_at(shown: Show) -> None:
    page = shown('<details><summary>x</summary><p style="width:2000px">y</p></details>')
    assert looking.too_wide(page) == []
    looking.open_all(page)
    assert looking.too_wide(page)
