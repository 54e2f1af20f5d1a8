"""Rules about a file as a whole (FIC), about a damaged record (LIG) and about what is overdue (RET)."""

from __future__ import annotations

from expectations.contract.checks import Check, Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

FILE_RULES: dict[str, Check] = {
    c.id: c
    for c in (
        Check("FIC-01", None, _E, "Le fichier est vide : enregistrez à nouveau votre tableau et renvoyez-le.",
              "un fichier de 0 octet"),
        Check("FIC-02", None, _E, "Ce n'est ni un classeur (.xlsx, .xlsm, .xls, .ods) ni un fichier CSV : ouvrez-le dans votre "
              "tableur, choisissez « Enregistrer sous », type « Classeur Excel (.xlsx) », « Classeur ODF (.ods) » ou "
              "« CSV UTF-8 », et envoyez ce fichier.", "un document PDF"),
        Check("FIC-03", None, _E, "Aucune ligne d'en-têtes n'a été reconnue : mettez au-dessus de vos lignes les titres "
              "de colonnes du modèle et renvoyez le fichier.", "un fichier sans ligne de titres"),
        Check("FIC-04", None, _E, "Une ou plusieurs colonnes obligatoires manquent : donnez à chacune le titre du modèle (si "
              "elle n'y est pas, ajoutez-la avec ses valeurs) et renvoyez le fichier.",
              "un retour apprenants sans la colonne naissance"),
        Check("FIC-05", None, _E, "Une colonne figure deux fois : gardez-en une seule et renvoyez le fichier.",
              "deux colonnes siret, ou « siret » et « N° SIRET » qui diffèrent"),
        Check("FIC-06", "provider_siret", _E, "Le fichier porte plusieurs SIRET : envoyez un fichier par organisme.",
              "deux SIRET valides dans un retour sessions"),
        Check("FIC-07", "provider_siret", _W, "Aucun SIRET du fichier n'est connu du programme : vérifiez-le ; ce qui est pris "
              "comptera quand l'action de cet organisme sera connue.", "le SIRET d'un organisme sans action"),
        Check("FIC-08", None, _E, "Trop de lignes sont en erreur : corrigez les lignes signalées et renvoyez tout le "
              "fichier.", "6 lignes en erreur sur 10"),
        Check("FIC-09", None, _E, "Le fichier dépasse la taille permise : envoyez-le en plusieurs fois, une session par fichier.",
              "un fichier de 60 Mo"),
        Check("FIC-10", None, _W, "Des colonnes nominatives (nom, adresse, téléphone, NIR …) ne sont pas attendues : leurs "
              "valeurs ont été écartées avant tout enregistrement ; supprimez ces colonnes.", "une colonne nom"),
        Check("FIC-11", None, _I, "Toute colonne qui n'est pas dans le modèle a été ignorée : si l'une devait être lue, "
              "donnez-lui le titre du modèle ; sinon, vous n'avez rien à faire.", "une colonne commentaire"),
        Check("FIC-12", None, _E, "Le fichier n'a pas pu être lu jusqu'au bout, à cause d'un défaut de notre programme : "
              "l'équipe est prévenue ; renvoyez-le si nous vous le demandons.", "un fichier qui fait échouer la lecture"),
        Check("FIC-13", None, _I, "Ce fichier a déjà été reçu à l'identique : rien n'a changé, inutile de le renvoyer.",
              "le même fichier envoyé deux fois"),
        Check("FIC-14", None, _I, "Le fichier n'a aucune ligne sous les titres : il est accepté et ne remplace rien ; s'il "
              "devait en avoir, complétez-le et renvoyez-le.", "un fichier réduit à sa ligne de titres"),
        Check("FIC-15", None, _E, "C'est la liste des lignes rejetées que nous vous avons remise, pas un retour : corrigez ces "
              "lignes dans votre fichier d'origine et renvoyez-le en entier, car un envoi remplace le précédent.",
              "le fichier des lignes rejetées, corrigé et renvoyé seul"),
        Check("FIC-16", None, _W, "Ce fichier était en cours de lecture quand deux nuits se sont arrêtées : il est mis de côté "
              "sans être lu, et rien n'en compte ; l'équipe est prévenue et vous dira s'il faut le renvoyer.",
              "un fichier pendant la lecture duquel deux nuits se sont arrêtées"),
        Check("FIC-17", None, _W, "Le fichier a été déposé dans un autre dossier que celui de l'organisme, ou de la Région, "
              "dont il parle : il est mis de côté, et rien n'en compte tant que la Région n'a pas répondu ; dites-lui s'il est "
              "le vôtre.", "un retour suivi déposé dans le dossier d'un autre organisme"),
        Check("FIC-18", None, _W, "Ce fichier, déjà pris une fois, a été remplacé depuis par un autre : il est mis de côté, et "
              "rien n'en compte. Pour qu'il compte à nouveau, demandez-le à la Région.",
              "la première version d'un retour, envoyée à nouveau après sa correction"),
        Check("FIC-19", None, _E, "Le fichier a plus de 2 000 colonnes : supprimez celles qui ne sont pas dans le modèle et "
              "renvoyez-le.", "une ligne d'en-têtes de 2 001 colonnes"),
        Check("FIC-20", None, _I, "Toute colonne qui n'est pas dans le modèle a été écartée, car elle pourrait nommer une "
              "personne : ses valeurs ne sont enregistrées nulle part ; supprimez-la, ou donnez-lui le titre du modèle si elle "
              "devait être lue.", "une colonne commentaire dans un retour apprenants"),
        Check("FIC-21", None, _I, "Deux colonnes portent la même donnée : celle dont les cellules se lisent a été prise, l'autre "
              "ignorée ; supprimez celle qui ne sert pas.",
              "les colonnes « Commune » (Lille) et « Commune (code INSEE) » (59350)"),
        Check("FIC-22", None, _E, "Chaque ligne du fichier est entre guillemets (\"), comme une seule cellule : dans votre "
              "tableur, répartissez la première colonne en plusieurs (menu Données, « Convertir » ou « Texte en colonnes »), "
              "enregistrez en classeur ou en « CSV UTF-8 » et renvoyez le fichier.", '"siret;numero_action;piece"'),
        Check("FIC-23", None, _E, "Le classeur est protégé par un mot de passe : enregistrez-le sans mot de passe "
              "(Fichier, Informations, « Protéger le classeur ») et renvoyez-le.", "un classeur chiffré"),
        Check("FIC-24", None, _E, "Le classeur est abîmé ou incomplet : ouvrez-le dans votre tableur, enregistrez-le sous un "
              "autre nom et renvoyez ce nouveau fichier.", "un classeur dont l'envoi a été coupé"),
        Check("FIC-25", None, _E, "Le classeur est trop grand pour être ouvert (500 Mo, 200 fois sa taille, 50 feuilles "
              "ou 2 millions de cellules au plus) : n'y laissez que le retour, et renvoyez-le.", "un classeur de 100 feuilles"),
        Check("FIC-26", None, _E, "Aucune feuille du classeur ne porte les titres d'un retour : mettez au-dessus de vos lignes "
              "les titres de colonnes du modèle et renvoyez le classeur.", "un classeur vide"),
        Check("FIC-27", None, _E, "Cette feuille masquée porte les titres d'un retour : elle n'est pas lue ; affichez-la "
              "(clic droit sur les onglets, « Afficher ») et renvoyez le classeur si elle doit compter, sinon supprimez-la.",
              "une feuille masquée avec les apprenants de l'an passé"),
        Check("LIG-01", None, _E, "La ligne n'a pas autant de cellules que le fichier a de titres : dans votre tableur, "
              "remettez chaque valeur dans sa colonne et donnez un titre à toute colonne remplie ; dans un éditeur de texte, "
              "mettez entre guillemets (\") le texte qui contient un point-virgule, une virgule ou une tabulation.",
              "six cellules sous sept titres"),
        Check("LIG-02", None, _E, "Une cellule n'est entre guillemets (\") qu'en partie : du texte précède le premier ou suit "
              "le dernier ; mettez-la tout entière entre guillemets, ou retirez-les, et écrivez deux fois (\"\") un guillemet "
              "du texte.", '"CDI"x'),
        Check("LIG-03", None, _E, "Une cellule commence par un guillemet (\") et aucun ne la finit : ajoutez un guillemet à la "
              "fin de son texte, ou retirez celui du début.", '"Développeur web'),
        Check("LIG-04", None, _E, "La ligne contient des caractères invisibles, comme il en reste d'un fichier mal converti : "
              "ouvrez l'original dans votre tableur, enregistrez-le en classeur ou en « CSV UTF-8 » et renvoyez-le ; si elle "
              "est encore signalée, ressaisissez-la.", "un octet nul dans une cellule, ou U+0082 à la place d'un é"),
        Check("LIG-05", None, _W, "Des caractères accentués sont abîmés sur cette ligne : corrigez-les, ou enregistrez "
              "l'original en classeur ou en « CSV UTF-8 », et vérifiez les textes.", "FranÃ§ois"),
        Check("LIG-06", None, _I, "Les données de la personne de cette ligne ont été effacées, à sa demande ou parce que leur "
              "durée de conservation est passée : la ligne n'a pas été gardée ; retirez-la de vos envois.",
              "une personne qui a demandé l'effacement de ses données"),
        Check("LIG-07", None, _E, "La ligne est trop longue (une cellule tient en 32 767 caractères, une ligne en un million) : "
              "supprimez le texte en trop ; si elle commence par un guillemet (\"), retirez-le ou ajoutez celui de la fin.",
              "une cellule de 40 000 caractères"),
        Check("LIG-08", "learner_ref", _E, "Cette ligne ressemble à celle d'une personne dont les données ont été effacées (même "
              "identifiant national, ou même référence écrite autrement) : elle n'a été ni prise ni gardée ; retirez-la de vos "
              "envois, ou, si c'est quelqu'un d'autre, signalez-le à la Région, qui peut la faire accepter.",
              "la même personne sous une référence écrite autrement"),
        Check("LIG-09", None, _E, "La ligne est un total, une consigne ou un exemple, pas un enregistrement : supprimez-la.",
              "TOTAL;;;;;24000,00"),
        Check("LIG-10", None, _E, "Toute la ligne est entre guillemets (\"), comme une seule cellule : dans votre tableur, "
              "répartissez la première colonne en plusieurs (menu Données, « Convertir » ou « Texte en colonnes ») ; dans un "
              "éditeur de texte, retirez le guillemet du début et celui de la fin.", '"90012000700019;A1;F1;1000,00"'),
        Check("RET-01", None, _W, "Aucun retour apprenants n'est arrivé 30 jours après le début de la session : envoyez-le.",
              "session commencée il y a 31 jours, sans apprenants"),
        Check("RET-02", None, _W, "Le temps d'interroger les apprenants est fini depuis plus de 30 jours et des réponses "
              "manquent : envoyez le retour suivi de cette échéance.", "échéance M6 close il y a 31 jours"),
        Check("RET-03", None, _W, "Aucune dépense n'est arrivée 90 jours après la fin de la dernière session de l'action : "
              "envoyez le retour des dépenses.", "dernière session finie il y a 91 jours"),
    )
}  # fmt: skip
