"""Forms of values on paper: one table a type, `form | value` where it is read, `form | problem hint` where it is not.

Problems: V empty, I unreadable, L not in the list; `value A hint` is read after a repair. What cannot be seen is written
`<nbsp>` and the like; spaces around a form are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from expectations.contract import ValueType

_UNSEEN = {
    "nbsp": "\u00a0", "nnbsp": "\u202f", "thin": "\u2009", "zwsp": "\u200b", "bom": "\ufeff", "lf": "\n", "crlf": "\r\n",
    "cr": "\r", "tab": "\t", "sp": " ", "nul": "\0", "shy": "\u00ad", "64 a": "a" * 64, "65 a": "a" * 65,
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A form, and the value that it is read as or the problem that it has, with words that the hint must hold."""

    line: str
    text: str
    value: str | None
    problem: str | None
    hint: str


def text_of(form: str) -> str:
    """A form with its unseen characters."""
    return re.sub(r"<([a-z0-9 ]+)>", lambda m: _UNSEEN.get(m[1], m[0]), form)


def examples(table: str) -> Iterator[Example]:
    """The lines of a table; `!X words` in the second column is a problem, ` !A words` after a value a repair."""
    for line in filter(None, map(str.strip, table.splitlines())):
        form, _, outcome = (part.strip() for part in line.rpartition("|"))
        value, marked, problem = outcome.partition("!")
        hint = problem[1:].strip()
        yield Example(line, text_of(form), text_of(value.strip()) or None, problem[0] if marked else None, hint)


TABLES: dict[ValueType, str] = {
    ValueType.DATE: """
        31/03/2026                | 2026-03-31
        31-03-2026                | 2026-03-31
        31.03.2026                | 2026-03-31
        2026-03-31                | 2026-03-31
        1/4/2024                  | 2024-04-01
        01/4/2024                 | 2024-04-01
        1-4-2024                  | 2024-04-01
        2024-4-1                  | 2024-04-01
        04/03/2026                | 2026-03-04
        29/02/2024                | 2024-02-29
        14/07/1900                | 1900-07-14
        <nbsp>31/03/2026<zwsp>    | 2026-03-31
        31/03/2026 00:00          | 2026-03-31
        31/03/2026 0:00           | 2026-03-31
        31/03/2026 0:00:00        | 2026-03-31
        31/03/2026 00:00:00       | 2026-03-31
        31/03/2026<nbsp>00:00     | 2026-03-31
        31-03-2026 00:00:00       | 2026-03-31
        31.03.2026 00:00          | 2026-03-31
        2026-03-31 00:00          | 2026-03-31
        2026-03-31 00:00:00       | 2026-03-31
        2026-03-31T00:00          | 2026-03-31
        2026-03-31T00:00:00       | 2026-03-31
        2026-03-31T00:00:00.000   | 2026-03-31
        nd                        | !V
        31/03/26                  | !I l'année n'a que deux chiffres
        31-03-26 00:00            | !I l'année n'a que deux chiffres
        26-03-31                  | !I l'année n'a que deux chiffres
        03/31/2026                | !I le jour vient avant le mois
        2026-31-03                | !I le jour vient avant le mois
        46112                     | !I numéro de série d'Excel
        46112,5                   | !I numéro de série d'Excel
        30/02/2026                | !I ce jour n'existe pas
        29/02/2023                | !I ce jour n'existe pas
        31/04/2026                | !I ce jour n'existe pas
        00/01/1900                | !I ce jour n'existe pas
        31/00/2026                | !I ce jour n'existe pas
        31/03/0026                | !I l'année est invraisemblable
        0026-03-31                | !I l'année est invraisemblable
        31/03/20206               | !I
        31/03/2026 08:30          | !I une date s'écrit sans heure
        31/03/2026 00:01          | !I une date s'écrit sans heure
        2026-03-31T00:00:00Z      | !I une date s'écrit sans heure
        31/03/2026 24:00          | !I une date s'écrit sans heure
        2026/03/31                | !I avec des tirets
        31/03-2026                | !I
        31 03 2026                | !I
        31032026                  | !I
        20260331                  | !I
        31 mars 2026              | !I
        mars 2026                 | !I
        03/2026                   | !I
        2026                      | !I
        001/03/2026               | !I
        31/03/2026 environ        | !I
        ٣١/٠٣/٢٠٢٦                | !I
        ３１/03/2026               | !I
        """,
    ValueType.AMOUNT: """
        1234,5                    | 1234.50
        1234.56                   | 1234.56
        1 234,56 €                | 1234.56
        1<nbsp>234,56<nbsp>€      | 1234.56
        1<nnbsp>234,56<nnbsp>€    | 1234.56
        1<thin>234,56             | 1234.56
        1 234,56€                 | 1234.56
        1.234,56                  | 1234.56
        1,234.56                  | 1234.56
        1.234,5                   | 1234.50
        1.234.567,89              | 1234567.89
        1,234,567.89              | 1234567.89
        1 234 567.89              | 1234567.89
        1 234                     | 1234.00
        1234                      | 1234.00
        12,3                      | 12.30
        0                         | 0.00
        0,05                      | 0.05
        007,50                    | 7.50
        -12,00                    | -12.00
        -12.5                     | -12.50
        - 12,00                   | -12.00
        -1 234,56 €               | -1234.56
        -<nbsp><nbsp>12,00 €      | -12.00
        -1.234,56                 | -1234.56
        (12,00)                   | -12.00
        (1 234,56 €)              | -1234.56
        (1 234,56) €              | -1234.56
        -0,00                     | 0.00
        (0)                       | 0.00
        999999999999,99           | 999999999999.99
        NC                        | !V
        -                         | !V
        1.234                     | !I des milliers ou des décimales
        1,234                     | !I des milliers ou des décimales
        -1,234                    | !I des milliers ou des décimales
        1.234 €                   | !I des milliers ou des décimales
        (12.345)                  | !I des milliers ou des décimales
        0,125                     | !I des milliers ou des décimales
        1234,567                  | !I plus de deux décimales
        1.234,567                 | !I plus de deux décimales
        1 234,567                 | !I plus de deux décimales
        1.234.567                 | !I plus de deux décimales
        1,234,567                 | !I plus de deux décimales
        12,000000                 | !I plus de deux décimales
        1e5                       | !I abîmé par un tableur
        1,5E+05                   | !I abîmé par un tableur
        1_000                     | !I
        1'234.56                  | !I
        +12                       | !I
        12-                       | !I
        −12,00                    | !I
        --12                      | !I
        (-12)                     | !I
        -(12)                     | !I
        (12                       | !I
        12,                       | !I
        ,50                       | !I
        .50                       | !I
        12,34,56                  | !I
        12.34.56                  | !I
        12.34,56                  | !I
        1.234 567,89              | !I
        12 34                     | !I
        1234 567,00               | !I
        1  234                    | !I
        100<lf>200                | !I
        1<tab>234                 | !I
        € 12                      | !I
        12 EUR                    | !I
        12 euros                  | !I
        12 k€                     | !I
        12 %                      | !I
        €                         | !I
        - €                       | !I
        ()                        | !I
        =1+1                      | !I
        NaN                       | !I
        inf                       | !I
        douze                     | !I
        1000000000000             | !I le montant est invraisemblable
        １２                       | !I
        ١٢                        | !I
        """,
    ValueType.WHOLE_NUMBER: """
        12                        | 12
        0                         | 0
        1 200                     | 1200
        1<nbsp>200                | 1200
        1<nnbsp>200               | 1200
        1 200 300                 | 1200300
        012                       | 12
        2147483647                | 2147483647
        N/A                       | !V
        12,5                      | !I sans point ni virgule
        12.0                      | !I sans point ni virgule
        12,0                      | !I sans point ni virgule
        1.200                     | !I sans point ni virgule
        1,200                     | !I sans point ni virgule
        -3                        | !I
        +3                        | !I
        12 00                     | !I
        12 mois                   | !I
        1e3                       | !I
        1_200                     | !I
        douze                     | !I
        10<lf>200                 | !I
        2147483648                | !I le nombre est invraisemblable
        ١٢                        | !I
        １２                       | !I
        """,
    ValueType.YES_NO: """
        OUI                       | OUI
        oui                       | OUI
        Oui                       | OUI
        o                         | OUI
        O                         | OUI
        vrai                      | OUI
        VRAI                      | OUI
        true                      | OUI
        True                      | OUI
        1                         | OUI
        x                         | OUI
        X                         | OUI
        NON                       | NON
        non                       | NON
        n                         | NON
        N                         | NON
        faux                      | NON
        FAUX                      | NON
        false                     | NON
        0                         | NON
        <nbsp>oui<bom>            | OUI
                                  | !V
        nd                        | !V
        -                         | !V
        nsp                       | !L
        ne sait pas               | !L
        ?                         | !L
        y                         | !L
        yes                       | !L
        no                        | !L
        t                         | !L
        v                         | !L
        2                         | !L
        -1                        | !L
        1.0                       | !L
        oui.                      | !L
        n°                        | !L
        ouii                      | !L la valeur la plus proche est OUI
        oui/non                   | !L la valeur la plus proche est
        １                         | !L
        """,
    ValueType.YES_NO_UNKNOWN: """
        oui                       | OUI
        o                         | OUI
        vrai                      | OUI
        true                      | OUI
        1                         | OUI
        x                         | OUI
        non                       | NON
        n                         | NON
        faux                      | NON
        false                     | NON
        0                         | NON
        nsp                       | NSP
        NSP                       | NSP
        ne sait pas               | NSP
        Ne sait pas               | NSP
        ne<nbsp>sait<nbsp>pas     | NSP
        ?                         | NSP
                                  | NSP
        nd                        | NSP
        NC                        | NSP
        N/A                       | NSP
        -                         | NSP
        inconnu                   | !L
        peut-être                 | !L
        -1                        | !L
        2                         | !L
        ??                        | !L
        """,
    ValueType.SIRET: """
        90012000700019            | 90012000700019
        900 120 007 00019         | 90012000700019
        900.120.007.00019         | 90012000700019
        900120007.00019           | 90012000700019
        900<nbsp>120<nnbsp>007 00019 | 90012000700019
        35600000000048            | 35600000000048
        35600000049837            | 35600000049837
        nd                        | !V
        9001200070001             | !I un zéro initial a sans doute été perdu
        900 120 007 0001          | !I un zéro initial a sans doute été perdu
        1,23457E+13               | !I abîmé par un tableur
        9,0012E+13                | !I abîmé par un tableur
        9.0012e13                 | !I abîmé par un tableur
        90012000700019.0          | !I abîmé par un tableur
        9001200070001.0           | !I abîmé par un tableur
        900120007000.00           | !I abîmé par un tableur
        90012000700018            | !I la clé de contrôle est fausse
        35600000049838            | !I la clé de contrôle est fausse
        900120007                 | !I SIREN
        900120007000190           | !I
        900-120-007-00019         | !I
        FR90012000700019          | !I
        9001200070001O            | !I
        ９0012000700019            | !I
        """,
    ValueType.COMMUNE: """
        59512                     | 59512
        2A004                     | 2A004
        2a004                     | 2A004
        2B033                     | 2B033
        01053                     | 01053
        1053                      | 01053 !A
        75056                     | 75056
        75112                     | 75112
        97105                     | 97105
        -                         | !V
        59000                     | !I code postal
        62000                     | !I code postal
        99999                     | !I d'aucune commune
        0053                      | !I
        512                       | !I
        59 512                    | !I
        59512.0                   | !I
        Roubaix                   | !I
        59512 Roubaix             | !I
        ５9512                     | !I
        """,
    ValueType.DIPLOMA: """
        SANS                      | SANS
        sans diplôme              | SANS
        Aucun                     | SANS
        3                         | 3
        4                         | 4
        5                         | 5
        6                         | 6
        7                         | 7
        8                         | 8
        NSP                       | NSP
        ne sait pas               | NSP
        ?                         | NSP
        Niveau 4                  | 4
        niveau_5                  | 5
        VI                        | SANS
        V bis                     | SANS
        Vbis                      | SANS
        V-bis                     | SANS
        niveau V bis              | SANS
        V                         | 3
        v                         | 3
        Niveau V                  | 3
        IV                        | 4
        iv                        | 4
        III                       | 5
        II                        | 6
        I                         | 7
        CAP                       | 3
        BEP                       | 3
        cap/bep                   | 3
        BAC                       | 4
        Bac pro                   | 4
        BAC+2                     | 5
        Bac + 2                   | 5
        BTS                       | 5
        DUT                       | 5
        BAC+3                     | 6
        Licence                   | 6
        BAC+4                     | 6
        BAC+5                     | 7
        bac +5                    | 7
        Master                    | 7
        BAC+8                     | 8
        Doctorat                  | 8
        nd                        | !V
        1                         | !L
        2                         | !L
        9                         | !L
        0                         | !L
        -3                        | !L
        3.0                       | !L
        VII                       | !L
        Bac -2                    | !L
        BAC+10                    | !L
        niveau 1                  | !L la valeur la plus proche est
        Baccalaureats             | !L la valeur la plus proche est 4
        ３                         | !L
        Ⅳ                         | !L
        """,
    ValueType.SEX: """
        F                         | F
        f                         | F
        femme                     | F
        Femme                     | F
        Mme                       | F
        MME                       | F
        2                         | F
        M                         | M
        m                         | M
        H                         | M
        homme                     | M
        M.                        | M
        m.                        | M
        1                         | M
        X                         | X
        x                         | X
                                  | !V
        NC                        | !V
        Mlle                      | !L
        Monsieur                  | !L
        Madame                    | !L
        féminin                   | !L
        masculin                  | !L
        F.                        | !L
        -1                        | !L
        0                         | !L
        3                         | !L
        femmes                    | !L la valeur la plus proche est F
        non précisé               | !L
        F/M                       | !L
        ♀                         | !L
        """,
    ValueType.ID: """
        S-2018-001                | S-2018-001
        s-2018-001                | s-2018-001
        <nbsp>S1<zwsp>            | S1
        001                       | 001
        É/2018 n° 3               | É/2018 n° 3
        A<nbsp>1                  | A 1
        =1+1                      | =1+1
        <script>                  | <script>
        '; DROP TABLE x; --       | '; DROP TABLE x; --
        <64 a>                    | <64 a>
        nd                        | !V
        <65 a>                    | !I plus de 64 caractères
        A<lf>1                    | !I un saut de ligne
        A<tab>1                   | !I caractère invisible
        A<nul>1                   | !I caractère invisible
        A<zwsp>1                  | !I caractère invisible
        A<shy>1                   | !I caractère invisible
        """,
    ValueType.TEXT: """
        Développeur web           | Développeur web
        Développeur<lf>web        | Développeur web
        Développeur<crlf>web      | Développeur web
        Développeur<cr>web        | Développeur web
        <lf>Développeur web<lf>   | Développeur web
        =HYPERLINK("x")           | =HYPERLINK("x")
        42                        | 42
        N/A                       | !V
                                  | !V
        """,
    ValueType.EMAIL: """
        contact@exemple.fr        | contact@exemple.fr
        Prenom.Nom+x@sous.exemple-1.fr | Prenom.Nom+x@sous.exemple-1.fr
        <nbsp>a@exemple.fr<lf>    | a@exemple.fr
        -                         | !V
        contact                   | !I
        contact@exemple           | !I
        contact@@exemple.fr       | !I
        @exemple.fr               | !I
        contact exemple.fr        | !I
        con tact@exemple.fr       | !I
        .contact@exemple.fr       | !I
        con..tact@exemple.fr      | !I
        contact@-exemple.fr       | !I
        contact@exemple..fr       | !I
        contact@exemple.f         | !I
        a@exemple.fr<lf>Bcc: b@exemple.fr | !I
        a@exemple.fr;b@exemple.fr | !I une seule adresse
        Nom <a@exemple.fr>        | !I sans nom autour
        <64 a>a@exemple.fr        | !I
        """,
    ValueType.CODE: """
        CDD_6P                    | CDD_6P
        cdd 6p                    | CDD_6P
        Cdd-6p                    | CDD_6P
        CDD 6 mois et plus        | CDD_6P
        Intérim 6 mois et plus    | INTERIM_6P
        INTÉRIM_6P                | INTERIM_6P
        nd                        | !V
        CDX                       | !L la valeur la plus proche est CDI
        CDD                       | !L la valeur la plus proche est CDD_6
        """,
    ValueType.CERTIFICATION_CODE: """
        RNCP37674                 | RNCP37674
        rncp 37674                | RNCP37674
        RNCP<nbsp>37674           | RNCP37674
        RS5000                    | RS5000
        rs 5000                   | RS5000
        37674                     | !I
        RNCP                      | !I
        RNCP-37674                | !I
        RNCP37674B                | !I
        RNCP３                     | !I
        """,
    ValueType.ROME: """
        M1805                     | M1805
        m1805                     | M1805
        M180                      | !I
        M18055                    | !I
        1805                      | !I
        MM805                     | !I
        É1805                     | !I
        M180５                     | !I
        """,
    ValueType.CALL: """
        ERN-2017                  | ERN-2017
        ern 2017                  | ERN-2017
        ERN_2018                  | ERN-2018
        nd                        | !V
        ERN-2016                  | !L la valeur la plus proche est ERN-201
        ERN2017                   | !L la valeur la plus proche est ERN-2017
        zzz                       | !L
        """,
}

CODE_TABLES: dict[str, str] = {
    "situation": """
        CDI                       | CDI
        Contrat à durée indéterminée | CDI
        CDD_6P                    | CDD_6P
        CDD de 6 mois et plus     | CDD_6P
        CDD >= 6 mois             | CDD_6P
        CDD ≥ 6 mois              | CDD_6P
        CDD + de 6 mois           | CDD_6P
        CDD de moins de 6 mois    | CDD_6M
        CDD < 6 mois              | CDD_6M
        CDD (- de 6 mois)         | CDD_6M
        Intérim 6 mois ou plus    | INTERIM_6P
        interim moins de 6 mois   | INTERIM_6M
        Fonction publique         | FONCTION_PUBLIQUE
        Contrat d’apprentissage   | APPRENTISSAGE
        apprentissage             | APPRENTISSAGE
        Contrat de pro            | PROFESSIONNALISATION
        Contrat de professionnalisation | PROFESSIONNALISATION
        Contrat aidé              | CONTRAT_AIDE
        Création d'entreprise     | CREATION
        Auto-entrepreneur         | CREATION
        Incubateur                | INCUBATION
        En stage                  | STAGE
        Formation qualifiante     | FORMATION_QUALIF
        Formation pré-qualifiante | FORMATION_PREQUALIF
        Service civique           | SERVICE_CIVIQUE
        Recherche d'emploi        | RECHERCHE
        Demandeur d’emploi        | RECHERCHE
        Demandeuse d'emploi       | RECHERCHE
        Inactive                  | INACTIF
        Neutralisé                | NEUTRALISE
        Décès                     | NEUTRALISE
        Sans réponse              | INCONNU
        inconnu                   | INCONNU
        CDD 6 mois                | !L la valeur la plus proche est CDD_6
        CDD -6 mois               | !L la valeur la plus proche est CDD_6
        - CDI                     | !L la valeur la plus proche est CDI
        en CDI depuis mars        | !L la valeur la plus proche est CDI
        CDD_6X                    | !L la valeur la plus proche est CDD_6
        CDD_６P                    | !L la valeur la plus proche est CDD_6P
        alternance                | !L
        Formation                 | !L la valeur la plus proche est FORMATION_
        zzz                       | !L
        """,
    "horizon": """
        SORTIE                    | SORTIE
        À la sortie               | SORTIE
        M3                        | M3
        m3                        | M3
        M+3                       | M3
        M + 3                     | M3
        3 mois                    | M3
        à 3 mois                  | M3
        6 mois                    | M6
        M+6                       | M6
        12 mois                   | M12
        1 an                      | M12
        M9                        | !L la valeur la plus proche est M
        18 mois                   | !L la valeur la plus proche est
        1                         | !L
        """,
    "completion": """
        Terminé                   | TERMINE
        TERMINEE                  | TERMINE
        Abandon                   | ABANDON
        Abandon pour emploi       | ABANDON_EMPLOI
        abandon-emploi            | ABANDON_EMPLOI
        Exclu                     | EXCLUSION
        Annulé                    | ANNULE
        Annulée                   | ANNULE
        Abandons                  | !L la valeur la plus proche est ABANDON
        """,
    "certification": """
        Obtenue                   | OBTENUE
        obtenu                    | OBTENUE
        Partielle                 | PARTIELLE
        Non obtenue               | NON_OBTENUE
        Échec                     | NON_OBTENUE
        non-présentée             | NON_PRESENTEE
        En attente                | EN_ATTENTE
        Obtenues                  | !L la valeur la plus proche est OBTENUE
        """,
    "source": """
        Déclaratif                | DECLARATIF
        employeur                 | EMPLOYEUR
        Administratif             | ADMINISTRATIF
        autre                     | !L
        """,
    "cost_category": """
        Personnel                 | PERSONNEL
        Frais de personnel        | PERSONNEL
        Locaux                    | LOCAUX
        Équipement                | EQUIPEMENT
        Prestations               | PRESTATION
        Certification             | CERTIFICATION
        Fonctionnement            | FONCTIONNEMENT
        Divers                    | AUTRE
        Voyages                   | !L
        """,
    "funder_type": """
        Région                    | REGION
        Régional                  | REGION
        État                      | ETAT
        l'Etat                    | ETAT
        Collectivité territoriale | COLLECTIVITE
        FSE                       | EUROPE
        OPCO                      | OPCO
        Entreprise                | ENTREPRISE
        autre                     | AUTRE
        mécénat                   | !L
        """,
    "funding_status": """
        Prévu                     | PREVU
        notifiée                  | NOTIFIE
        Versé                     | VERSE
        Verse                     | VERSE
        annulé                    | !L
        """,
}
