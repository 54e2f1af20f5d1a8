"""Invented training providers: names, SIRETs that pass the Luhn check and belong to nobody, and what they teach."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from random import Random

_NAMES = (
    "L'Atelier des Deux Canaux", "Code et Beffroi", "La Fabrique du Ferrain", "Terrils Numériques",
    "Campus Pévèle Digital", "École ouverte du Boulonnais", "Opale Formation Web", "Les Ruches du Code",
    "Amiénois Compétences Numériques", "Thiérache Connectée", "Cap Oise Développement", "Hortillonnages Data Lab",
)  # fmt: skip
_FIRST = (
    "Fabrique", "Atelier", "Campus", "École", "Passerelle", "Maison", "Institut", "Coopérative", "Ruche", "Académie",
    "Forge", "Tremplin",
)  # fmt: skip
_SECOND = (
    "numérique",
    "du code",
    "des métiers web",
    "de la donnée",
    "des réseaux",
    "connectée",
    "du logiciel libre",
    "digitale",
)
_THIRD = (
    "de l'Artois", "du Hainaut", "du Cambrésis", "de l'Avesnois", "du Ternois", "du Vimeu", "du Valois", "du Laonnois",
    "du Soissonnais", "de la Côte d'Opale", "du Santerre", "de la Flandre intérieure", "du Beauvaisis", "du Ponthieu",
    "de la Lys", "de la Scarpe",
)  # fmt: skip

#: title, certification aimed at, ROME code of the job
TRAININGS: tuple[tuple[str, str | None, str | None], ...] = (
    ("Développeur web et web mobile", "RNCP37674", "M1805"),
    ("Concepteur développeur d'applications", "RNCP37873", "M1805"),
    ("Technicien supérieur systèmes et réseaux", "RNCP37682", "M1801"),
    ("Technicien d'assistance en informatique", "RNCP37681", "I1401"),
    ("Administrateur d'infrastructures sécurisées", "RNCP37680", "M1801"),
    ("Intégrateur web accessible", None, "E1205"),
    ("Premiers pas en cybersécurité", None, "M1802"),
    ("Exploration et visualisation de données", None, "M1403"),
    ("Médiateur numérique de proximité", None, "K1206"),
    ("Testeur logiciel", None, "M1805"),
)

_MOST = 100_000
_STREAM = 7919  # prime to _MOST: neighbours get SIRETs that do not look alike


@dataclass(frozen=True)
class Provider:
    """One invented provider; `folder` is where its files are dropped."""

    number: int
    siret: str
    name: str
    email: str
    folder: str


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` and it pass the Luhn check."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def fictional_siret(number: int) -> str:
    """A SIRET of the range 999, which INSEE has not attributed; SIREN and SIRET both pass the Luhn check."""
    siren = f"999{number * _STREAM % _MOST:05d}"
    siren += luhn_digit(siren)
    return siren + "0001" + luhn_digit(siren + "0001")


def slug(name: str) -> str:
    """A name as a folder or a domain would have it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def make_providers(count: int, seed: int) -> list[Provider]:
    """The first `count` providers. Raises ValueError for none, or more than there are SIRETs for."""
    if not 1 <= count <= _MOST:
        raise ValueError(f"between 1 and {_MOST} providers, not {count}")
    rng = Random(f"{seed}/providers")
    names: dict[str, None] = dict.fromkeys(_NAMES)
    while len(names) < count:
        name = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.choice(_THIRD)}"
        names.setdefault(name if name not in names else f"{name} {len(names)}")
    start = rng.randrange(1, _MOST)
    made = []
    for number, name in enumerate(list(names)[:count], start=1):
        short = slug(name)
        folder = short if count <= len(_NAMES) else f"{number:05d}-{short}"
        made.append(Provider(number, fictional_siret(start + number), name, f"contact@{short}.example", folder))
    return made
