"""The French of a receipt: its verdict and what to do next, and lists of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from expectations.contract.french import counted, number, with_french_spaces
from transforms.pages.templating import moment, return_name
from warehouse.notifications.making_good import MadeGood
from warehouse.safe_text import safe_to_quote

_SHORTEST_RUN = 3
_NOTHING_TO_DO = "Vous n'avez rien à faire."


@dataclass(frozen=True)
class Verdict:
    """`label` in two words, `tone` a class of the style sheet, the sentence, why, and what to do next."""

    label: str
    tone: str
    sentence: str
    why: str | None
    next: tuple[str, ...]


def line_ranges(lines: Iterable[int], shown: int | None = None) -> str:
    """`ligne 3`, `lignes 3, 7 et 9`, `lignes 2 à 40, 45 et 180 autres`; nothing for no line. Runs of lines are put together.

    `shown` is how many lines or runs are named at the most, None for all.
    """
    runs = _runs(sorted(set(lines)))
    if not runs:
        return ""
    if runs == [(runs[0][0], runs[0][0])]:
        return f"ligne {number(runs[0][0])}"
    parts = [_run(first, last) for first, last in runs[:shown]]
    rest = sum(last - first + 1 for first, last in runs[len(parts) :])
    if rest:
        parts.append(counted(rest, "autre", "autres"))
    return "lignes " + (" et ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0])


def _run(first: int, last: int) -> str:
    return number(first) if first == last else f"{number(first)} à {number(last)}"


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """First and last line of each run; two neighbours are no run."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and runs[-1][1] == line - 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return [
        part
        for first, last in runs
        for part in ([(first, last)] if last - first + 1 >= _SHORTEST_RUN else [(n, n) for n in range(first, last + 1)])
    ]


def verdict(
    *,
    decision: str,
    is_check: bool,
    records: int,
    accepted: int,
    quarantined: int,
    to_verify: int,
    why: str | None,
    todo: str | None,
    detail: str | None,
    sent_before: tuple[str, datetime] | None,
    placed: str | None = None,
    is_sent_again: bool = False,
    not_kept: int = 0,
    made_good: MadeGood | None = None,
    answer: str | None = None,
    released_as: int | None = None,
) -> Verdict:
    """What became of a file, or for a check what would.

    Args:
        decision: accepted, partial, refused, duplicate or held.
        is_check: the file was not sent.
        records, accepted, quarantined: the file's counts.
        to_verify: rules of which there are warnings.
        why, todo, detail: of the rule that refused the file, or set it aside.
        sent_before: name and moment of the same bytes taken earlier.
        placed: where the file lay, completing "déposé".
        is_sent_again: a later file has replaced what the same bytes brought before.
        not_kept: of the lines accepted, those about persons whose data were erased.
        made_good: by which later files all errors of the file are settled, None where one stands.
        answer, released_as: what the steward answered about a file set aside, and the number as which it counts.
    """
    is_, are = ("serait", "seraient") if is_check else ("est", "sont")
    send = "envoyez" if is_check else "renvoyez"
    if decision == "duplicate":
        words = _duplicate(is_check, sent_before)
    elif decision == "held":
        told = " ".join(filter(None, [why, detail])) or None
        words = _answered(answer, released_as) if answer else _held(told, placed, is_sent_again)
    elif decision == "refused":
        words = Verdict(
            "Refusé", "bad", f"Votre fichier {is_} refusé : rien n'en {is_ if is_check else 'a été'} pris.",
            " ".join(filter(None, [why, detail])) or None, (todo,) if todo else (),
        )  # fmt: skip
    elif decision == "partial":
        of_one, of_many = ("la ligne signalée", "cette ligne seule"), ("les lignes signalées", "ces lignes seules")
        lines, alone = of_one if quarantined == 1 else of_many
        words = Verdict(
            "Accepté en partie", "wait",
            f"Votre fichier {is_} accepté en partie : {_of(accepted, records, 'prise', is_, are)}, "
            f"{counted(quarantined, f'{is_} rejetée', f'{are} rejetées')}.", None,
            (f"Corrigez {lines} dans votre tableau, puis {send} le fichier entier, pas {alone} : "
             "un envoi remplace le précédent.",),
        )  # fmt: skip
    else:
        words = _accepted(is_, are, records, to_verify, send)
    if made_good is not None and decision in ("partial", "refused"):
        words = _made_good(words, made_good, records if decision == "refused" else 0, to_verify)
    if not_kept and decision in ("accepted", "partial"):
        words = _without_erased(words, not_kept, accepted, records)
    return Verdict(
        words.label, words.tone, with_french_spaces(words.sentence), words.why and with_french_spaces(words.why),
        tuple(map(with_french_spaces, words.next)),
    )  # fmt: skip


def how_to_resend(kinds: Sequence[str], deposit_url: str | None) -> list[str]:
    """What to do with a corrected file of these kinds of return, what comes back and when, and what helps."""
    if deposit_url:
        step = f"Vérifiez et déposez votre fichier sur {deposit_url} : vous saurez en quelques secondes ce que nous en disons."
    else:
        step = (
            "Déposez le fichier entier au même endroit que d'habitude : nous le lisons la nuit suivante, vers 4 h, et un courriel"
            " avec son reçu vous dit ce qui est réglé et ce qui reste à corriger."
        )
    blank = f", avec le modèle vide ({', '.join(map(return_name, kinds))})," if kinds else ""
    guide = (
        "Le « Guide des organismes » explique comment envoyer un classeur ou un CSV juste : la Région vous l'envoie"
        f"{blank} si vous le demandez."
    )
    return [with_french_spaces(step), with_french_spaces(guide)]


def _accepted(is_: str, are: str, records: int, to_verify: int, send: str) -> Verdict:
    sentence = f"Votre fichier {is_} accepté : " + (
        f"ses {number(records)} lignes {are} prises." if records > 1 else f"sa ligne {is_} prise."
    )
    if not records:
        sentence = f"Votre fichier {is_} accepté, mais il n'a aucune ligne de données : il ne remplace rien."
        empty = f"S'il devait en avoir, complétez-le et {send}-le."
        return Verdict("Accepté", "good", sentence, None, (empty,))
    nothing = "Vous pouvez l'envoyer." if is_ == "serait" else _NOTHING_TO_DO
    return Verdict("Accepté", "good", sentence, None, (_verify(to_verify, send) if to_verify else nothing,))


def _verify(points: int, send: str) -> str:
    what = counted(points, "point", "points")
    return f"Relisez {what} à vérifier ; si une valeur est fausse, corrigez-la et {send} le fichier entier."


def _without_erased(words: Verdict, not_kept: int, accepted: int, records: int) -> Verdict:
    """The verdict of a file of which lines were counted and not kept, since the data of those persons were erased."""
    of, lines = ("cette personne", "cette ligne") if not_kept == 1 else ("ces personnes", "ces lignes")
    if not_kept == accepted == records:
        sentence = f"Votre fichier est reçu, mais rien n'en est gardé : les données de {of} ont été effacées."
    else:
        were = "n'a pas été gardée" if not_kept == 1 else "n'ont pas été gardées"
        sentence = f"{words.sentence} Mais {counted(not_kept, 'ligne', 'lignes')} {were} : les données de {of} ont été effacées."
    remove = f"Retirez {lines} de vos envois ; si c'est une erreur, signalez-le à la Région."
    left = tuple(one for one in words.next if one != _NOTHING_TO_DO)
    return Verdict(words.label, "wait", sentence, words.why, (*left, remove))


def _duplicate(is_check: bool, sent_before: tuple[str, datetime] | None) -> Verdict:
    if is_check:
        sentence = "Ce fichier est identique à un autre de ce contrôle : il ne compterait qu'une fois."
        return Verdict("Déjà vu", "good", sentence, None, ("N'en envoyez qu'un.",))
    before = f"Il l'avait été le {moment(sent_before[1])}, sous le nom « {sent_before[0]} »." if sent_before else None
    sentence = "Ce fichier a déjà été reçu à l'identique : rien n'a changé."
    of_first = "Inutile de le renvoyer : s'il reste quelque chose à corriger, c'est dit dans le reçu du premier envoi."
    return Verdict("Déjà reçu", "good", sentence, before, (of_first,))


def _held(why: str | None, placed: str | None, is_sent_again: bool) -> Verdict:
    where = f", déposé {placed}," if placed else ""
    sentence = f"Ce fichier{where} est mis de côté : rien n'en est compté."
    decides = "La Région est prévenue : si elle l'accepte, il comptera la nuit suivante. Un courriel vous dira sa réponse."
    if is_sent_again:
        ask = "S'il doit compter à nouveau, demandez-le à la Région ; sinon, vous n'avez rien à faire."
        return Verdict("Mis de côté", "wait", sentence, why, (ask,))
    ask = "Dites à la Région si ce fichier est le vôtre, ou ne l'est pas."
    return Verdict("Mis de côté", "wait", sentence, why, (decides, ask))


def _answered(answer: str, released_as: int | None) -> Verdict:
    before = "Ce fichier avait été mis de côté."
    if answer == "rejected":
        return Verdict("Rejeté", "wait", f"{before} La Région l'a rejeté : rien n'en est compté.", None, (_NOTHING_TO_DO,))
    counts = f"ce qui en est pris est dit dans le reçu n° {released_as}" if released_as else "il comptera la nuit suivante"
    return Verdict("Accepté depuis", "good", f"{before} La Région l'a accepté : {counts}.", None, (_NOTHING_TO_DO,))


def _made_good(words: Verdict, made_good: MadeGood, refused: int, to_verify: int) -> Verdict:
    """The verdict of a file whose errors later files have settled: what they brought, what may be missing, what is to verify."""
    steps = (_verify(to_verify, "renvoyez"),) if to_verify else ()
    if missing := what_is_missing(made_good, refused):
        return Verdict(f"{words.label}, remplacé depuis", "wait", f"{words.sentence} {missing}", None, steps)
    if refused:  # of what nothing was read, nothing tells whether the later file is the same table
        corrected = "a été pris : si c'est le même tableau, vous n'avez rien à faire."
    else:
        corrected = "a corrigé ce qui était en erreur." if to_verify else "l'a corrigé : rien à faire."
    sentence = f"{words.sentence} {_later_file(made_good)} {corrected}"
    return Verdict(f"{words.label}, corrigé depuis", "good", sentence, None, steps)


def what_is_missing(made_good: MadeGood, refused: int) -> str | None:
    """What the later files that settled the errors of a file did not bring; None where they brought all.

    `refused` is how many records were refused with the file as a whole, 0 where those without errors were taken.
    """
    taken = sum(file.accepted for file in made_good.later)
    lines = counted(taken, "ligne prise", "lignes prises")
    came = f"{_later_file(made_good)} reçu le {moment(made_good.later[-1].received_at)}, a {lines}"
    if made_good.withdrawn:
        one = "ligne en erreur de celui-ci n'y est pas et ne compte plus. Si elle doit compter"
        many = "lignes en erreur de celui-ci n'y sont pas et ne comptent plus. Si l'une d'elles doit compter"
        return with_french_spaces(f"{came} : {counted(made_good.withdrawn, one, many)}, renvoyez le fichier entier.")
    if taken < refused:
        less = f"{came}, contre {counted(refused, 'reçue', 'reçues')} dans celui-ci"
        return with_french_spaces(f"{less}. S'il en manque, renvoyez le fichier entier.")
    return None


def _later_file(made_good: MadeGood) -> str:
    return f"Un envoi plus récent, « {safe_to_quote(made_good.later[-1].file_name)} »,"


def _of(part: int, whole: int, what: str, is_: str, are: str) -> str:
    """`20 lignes sur 24 sont prises`."""
    return f"{counted(part, 'ligne', 'lignes')} sur {number(whole)} {f'{is_} {what}' if part < 2 else f'{are} {what}s'}"
