"""What a release says of itself to data portals: DCAT-AP as JSON-LD. Addresses are relative to the folder of the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transforms.publication.schemas import DESCRIPTION, KEYWORDS, LICENCE, MEDIA_TYPES, TITLE, About, sha256
from transforms.publication.table import FilledTable

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "adms": "http://www.w3.org/ns/adms#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY = "http://publications.europa.eu/resource/authority"
#: the region in the European nomenclature of territories, and at the INSEE
HAUTS_DE_FRANCE = ("http://data.europa.eu/nuts/code/FRE", "http://id.insee.fr/geo/region/32")
_FORMATS = {"csv": "CSV", "parquet": "PARQUET"}
_PLACES = {"data": "", "csv-fr": " (pour tableur français)", "parquet": " (Parquet)"}


def dcat(about: About, tables: Mapping[str, FilledTable], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The description of a release, with a distribution for each of the tables' files.

    Args:
        about: the release.
        tables: its tables by name.
        files: its files by their paths in its folder.
    """
    return {
        "@context": _CONTEXT,
        "@id": "./",
        "@type": "dcat:Dataset",
        "dct:identifier": f"ecole-regionale-du-numerique/{about.name}",
        "dct:title": _french(f"{TITLE}, {about.name}"),
        "dct:description": _french(DESCRIPTION),
        "dct:issued": _typed("xsd:dateTime", about.created_at.isoformat(timespec="seconds")),
        "dct:language": {"@id": f"{_AUTHORITY}/language/FRA"},
        "dct:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/QUARTERLY"},
        "dct:accessRights": {"@id": f"{_AUTHORITY}/access-right/PUBLIC"},
        "dcat:theme": [{"@id": f"{_AUTHORITY}/data-theme/EDUC"}, {"@id": f"{_AUTHORITY}/data-theme/SOCI"}],
        "dcat:keyword": [_french(word) for word in KEYWORDS],
        "owl:versionInfo": about.name,
        "dct:publisher": {
            "@type": "foaf:Organization",
            "foaf:name": _french(about.publisher.name),
            "dct:identifier": about.publisher.siret,
        },
        "dct:spatial": [{"@id": place, "@type": "dct:Location"} for place in HAUTS_DE_FRANCE],
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed("xsd:date", about.first_day.isoformat()),
            "dcat:endDate": _typed("xsd:date", about.last_day.isoformat()),
        },
        "dcat:landingPage": {"@id": "index.html", "@type": "foaf:Document"},
        "foaf:page": {"@id": "methode.html", "@type": "foaf:Document"},
        "dcat:distribution": [
            _distribution(path, tables[path.rpartition("/")[2].rpartition(".")[0]], content)
            for path, content in files.items()
            if path.partition("/")[0] in _PLACES
        ],
    }


def _distribution(path: str, filled: FilledTable, content: bytes) -> dict[str, Any]:
    folder, _, name = path.partition("/")
    ending = name.rpartition(".")[2]
    return {
        "@id": f"{path}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": _french(filled.table.title + _PLACES[folder]),
        "dct:description": _french(filled.table.description),
        "dcat:accessURL": {"@id": path},
        "dcat:downloadURL": {"@id": path},
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{_FORMATS[ending]}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{MEDIA_TYPES[ending]}"},
        "dcat:byteSize": _typed("xsd:nonNegativeInteger", str(len(content))),
        "dct:license": {"@id": LICENCE["path"]},
        "dct:conformsTo": {"@id": f"schemas/{filled.table.name}.json"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": _typed("xsd:hexBinary", sha256(content)),
        },
    }


def _french(text: str) -> dict[str, str]:
    return {"@language": "fr", "@value": text}


def _typed(kind: str, text: str) -> dict[str, str]:
    return {"@type": kind, "@value": text}
