"""Every signal: what it sees, how that is told, what to ask the provider, and what it means that nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from expectations.contract import Severity
from expectations.contract.french import number

_OTHERS = ", contre {others} chez les autres organismes"


@dataclass(frozen=True)
class Signal:
    """One signal. `name` is that of its SQL file, and of what programme.toml sets for it.

    A share is of a provider and compared with that of the others; a threshold signal is of whatever its SQL gives. `sentence`
    is French, completed by the figures {value}, {of}, {share}, {others}, {threshold}; `question` is what to ask the provider;
    `definition` and `innocent` are for docs/signals.md: what is counted, and what honest thing looks like it. `weight`: the
    graver, the higher. Money is in whole EUR.
    """

    id: str
    name: str
    severity: Severity
    weight: int
    sentence: str
    question: str
    definition: str
    innocent: str
    is_share: bool = False

    @property
    def of_people(self) -> bool:
        """Whether its value counts people: pages do not show fewer than five."""
        return self.is_share or self.name in ("late_exit", "unexited", "same_person", "diploma_of_dropouts")

    def told(self, **figures: float | None) -> str:
        """The sentence with its figures: value, of, programme_value, threshold."""
        value, of, others = figures["value"] or 0, figures["of"], figures["programme_value"]
        shown = {
            "value": number(value), "of": number(of), "threshold": number(figures["threshold"]),
            "share": f"{number(100 * value / of)} %" if of else number(None),
            "others": f"{number(100 * others)} %" if others is not None else number(None),
        }  # fmt: skip
        told = self.sentence.format(**shown)
        return told[0].upper() + told[1:]


def _share(number_: int, name: str, weight: int, sentence: str, question: str, definition: str, innocent: str,
           severity: Severity = Severity.WARNING) -> Signal:  # fmt: skip
    return Signal(f"SIG-{number_:02d}", name, severity, weight, f"{sentence}{_OTHERS}.", question, definition, innocent, True)


def _threshold(number_: int, name: str, weight: int, sentence: str, question: str, definition: str, innocent: str,
               severity: Severity = Severity.WARNING) -> Signal:  # fmt: skip
    return Signal(f"SIG-{number_:02d}", name, severity, weight, sentence, question, definition, innocent)


_INFO = Severity.INFO
_SIGNALS = (
    _share(1, "vanished", 90, "{value} personnes annoncées sur {of} ne figurent plus dans les retours ({share})",
           "Que sont devenues les personnes retirées des listes ? Demandez leur date et leur motif de sortie.",
           "People announced for a session who are no longer in force, of all announced.",
           "Lists that were sent by mistake, of people who never came."),
    _share(2, "cancelled", 80, "{value} inscriptions sur {of} sont annulées ({share})",
           "Pourquoi ces inscriptions sont-elles annulées ? Demandez les feuilles d'émargement des premiers jours.",
           "Learners who are ANNULE, first versions included, or were when they were left out, of these and all in force.",
           "A session that many applied to before it was sure to open."),
    _share(3, "neutralised", 80, "{value} réponses sur {of} sont neutralisées ({share})",
           "Quel motif a chaque neutralisation (décès, longue maladie, détention, départ à l'étranger), et qui l'atteste ?",
           "Answers NEUTRALISE at a horizon, of the answers other than INCONNU.", "None that is common."),
    _share(4, "neutralised_after_search", 90,
           "{value} réponses sur {of} sont devenues NEUTRALISE après une recherche d'emploi ou un abandon ({share})",
           "Qu'est-ce qui a changé pour ces personnes, à quelle date, et qui l'atteste ?",
           "Answers of which some file said NEUTRALISE after an earlier one had said RECHERCHE at that horizon, or of learners"
           " with"
           " an ABANDON, of the answers other than INCONNU.", "A learner falls gravely ill while looking for a job."),
    _share(5, "known_gone_unknown", 80,
           "{value} situations connues sur {of} sont redevenues inconnues ({share})",
           "Pourquoi les situations déjà connues ont-elles été retirées ? Redemandez la dernière connue.",
           "Answers that were known once, of which a later file said INCONNU (known again since or not), or of which nothing is"
           " said any more; of the answers known now or then.", "A file that was filled in again from an old sheet."),
    _share(6, "one_situation", 60, "{value} réponses sur {of} donnent la même situation ({share})",
           "Comment ces situations ont-elles été constatées ? Demandez quelques contrats.",
           "Answers with the situation that the provider gives most often, its sessions pooled, of its answers other than"
           " INCONNU;"
           " compared with what the others say of that situation.", "A training for one employer, who hires everybody with the"
           " same contract."),
    _share(7, "stage_or_incubation", 60, "{value} réponses sur {of} sont des stages ou des incubations ({share})",
           "Qui accueille ces stages ou ces projets, et pour quelle durée ? Demandez les conventions.",
           "Answers STAGE or INCUBATION, which count as positive exits, of the answers other than INCONNU.",
           "A training that ends with an internship."),
    _share(8, "not_presented", 50,
           "sur {of} apprenants allés au bout sans l'entière certification, {value} n'y ont pas été présentés ({share})",
           "Pourquoi n'ont-ils pas été présentés ? Demandez la liste des inscrits du certificateur.",
           "Learners NON_PRESENTEE, of those who went to the end (TERMINE) and are NON_PRESENTEE, NON_OBTENUE or PARTIELLE.",
           "A training without a certification; a certifier whose session is held months later."),
    _share(9, "sex_not_stated", 20, "le sexe de {value} entrants sur {of} n'est pas précisé ({share})",
           "La fiche d'inscription demande-t-elle le sexe ?", "Entrants of sex X, of all entrants.",
           "A form that does not ask.", _INFO),
    _share(10, "qpv_residents", 40, "{value} entrants sur {of} habitent un quartier prioritaire ({share})",
           "Sur quelle pièce repose l'adresse ? Vérifiez quelques adresses sur la carte des quartiers prioritaires.",
           "Entrants living in a priority district (QPV), of all entrants.", "A training in the district itself.", _INFO),
    _share(11, "rural_residents", 40, "{value} entrants sur {of} habitent une zone rurale ({share})",
           "Sur quelle pièce repose l'adresse ? Vérifiez quelques communes.",
           "Entrants living in a rural area, of all entrants.", "A training in the country.", _INFO),
    _share(12, "answers_before_window", 50, "{value} réponses sur {of} ont été constatées avant l'échéance ({share})",
           "Quand les apprenants ont-ils été interrogés ? Demandez à les interroger dans la période.",
           "Answers observed before the first day of the horizon's window, of all answers.",
           "Somebody asked a week too early.", _INFO),
    _share(13, "declared_only", 30, "{value} réponses sur {of} reposent sur la seule parole de l'apprenant ({share})",
           "Des attestations d'employeur peuvent-elles être demandées ?",
           "Answers with the source DECLARATIF, of the answers other than INCONNU.", "A provider that asks by telephone.", _INFO),
    _share(14, "one_observation_date", 30,
           "{value} réponses sur {of} portent la même date que les autres de leur session ({share})",
           "Les apprenants ont-ils été interrogés ce jour-là, ou est-ce la date de la saisie ?",
           "Answers that bear the day of most answers of their session and horizon, the first of each session left out, of all"
           " but"
           " that one.",
           "One day of telephone calls.", _INFO),
    _threshold(31, "late_exit", 70,
               "{value} apprenants sur {of} seraient sortis plus de {threshold} jours après la fin prévue de la session.",
               "La session a-t-elle été prolongée ? Demandez les feuilles d'émargement de la fin.",
               "Learners whose exit lies more than late_exit_days after the session's due end: at least fewest_people, and"
               " late_exit_share of its leavers.", "A session that was prolonged, and whose new last day was told too late."),
    _threshold(32, "unexited", 70,
               "{value} apprenants sur {of} sont sans date de sortie, plus de {threshold} jours après la fin prévue.",
               "Sont-ils encore en formation ? Demandez leurs dates et leurs motifs de sortie.",
               "Learners in force without an exit more than unexited_days after the session's due end: at least fewest_people,"
               " and"
               " unexited_share of them.", "The last list of a session is late."),
    _threshold(33, "moved_end", 50, "la fin de la session a été déplacée de {value} jours alors qu'elle était déjà passée.",
               "Pourquoi la date a-t-elle changé après coup ? La fin prévue d'abord reste celle qui compte.",
               "Days by which a version of the session, received after the due end, moves its last day: moved_end_days at least.",
               "A mistyped date that was seen late."),
    _threshold(34, "same_person", 80, "{value} lignes sur {of} désignent des personnes inscrites deux fois.",
               "Ces personnes ont-elles suivi deux formations, ou sont-elles inscrites sous deux références ?",
               "Learners in force who stand twice in a session (same national reference or, without one, same birth date, sex and"
               " commune), or at another provider too (same national reference): at least fewest_people, and same_person_share"
               " of the"
               " provider's learners.", "Twins; somebody who takes two trainings."),
    _threshold(35, "unreadable", 50, "{value} lignes dont la référence est illisible attendent depuis plus de {threshold} jours.",
               "Demandez le renvoi du fichier avec ces lignes corrigées.",
               "Records of learners, answers or sessions whose key cannot be read, open for more than unreadable_days:"
               " unreadable_rows"
               " at least.", "A damaged file that nobody sent again."),
    _threshold(36, "repeated_expenses", 80, "{value} € sur {of} € de dépenses seraient justifiés deux fois.",
               "Ces pièces sont-elles différentes ? Demandez leurs copies.",
               "Expenses with the same document and amount, or the same amount and day, in two actions; or in one action, with"
               " the same"
               " amount and day under a name that differs by a suffix (F12, F12 bis): repeated_expenses_share of what the"
               " provider"
               " justifies.", "A rent that is shared equally between two actions."),
    _threshold(37, "justified_over_cost", 70, "{value} € sont justifiés pour un coût total de {of} €.",
               "Le coût total de la convention est-il juste ? Des pièces d'une autre action s'y trouvent-elles ?",
               "Expenses of an action over justified_share of its total cost.", "An action that cost more than was agreed."),
    _threshold(38, "money_without_learners", 70,
               "{value} € versés ou justifiés, et aucun entrant plus de {threshold} jours après la convention.",
               "L'action a-t-elle eu lieu ? Demandez la liste des apprenants.",
               "Paid by the Region or justified, and no entrant no_learner_days after the agreement.", "A start that was put"
               " off."),
    _threshold(39, "seats", 40, "{value} entrants pour {of} places.",
               "Le nombre de places est-il juste ? La liste des apprenants est-elle complète ?",
               "Entrants over the session's places; or, once it has ended, few_entrants_share of them at most.",
               "A session that found few learners.", _INFO),
    _threshold(40, "diploma_of_dropouts", 40, "{value} décrocheurs sur {of} ont un diplôme de niveau 4 ou plus.",
               "Que veut dire « décrocheur » sur la fiche d'inscription ? C'est sortir du système scolaire sans diplôme.",
               "School drop-outs with a diploma of level 4 or more: at least fewest_people, and diploma_of_dropouts_share of the"
               " provider's drop-outs.", "People who left higher education without its diploma."),
    _threshold(41, "waiting", 80, "{value} lignes attendent depuis plus de {threshold} jours un retour qui n'est jamais venu.",
               "Le numéro de session ou d'action, ou le SIRET, est-il le bon ? Demandez le retour qui manque.",
               "Rows in force that have waited more than waiting_days, to the reference date, for a return that never came:"
               " waiting_rows"
               " at least.", "A number mistyped once, in a file that was sent again right."),
    _threshold(42, "shortened_list", 80, "la liste des apprenants a été raccourcie par {value} envois.",
               "Pourquoi la liste a-t-elle été raccourcie à plusieurs reprises ? Demandez la liste d'origine.",
               "Files that left the session with fewer learners than before: shortened_steps at least.",
               "None that is common: a list is corrected once or twice."),
)  # fmt: skip


@cache
def all_signals() -> dict[str, Signal]:
    """Every signal by its id."""
    return {signal.id: signal for signal in _SIGNALS}
