-- The store of a home as version 4 of it was written: two nights with corrections, a file sent twice, a refused one,
-- a held one, two mails, and then an erasure. Archive, held files and the key of the pseudonyms lie beside.

CREATE TABLE bound_senders(sender VARCHAR NOT NULL, provider_siret VARCHAR, bound_at TIMESTAMP WITH TIME ZONE NOT NULL);

CREATE TABLE closings(kind VARCHAR NOT NULL, submission_id BIGINT NOT NULL, line INTEGER NOT NULL, closed_by BIGINT NOT NULL);
INSERT INTO closings VALUES ('apprenants', 3, 2, 5);
INSERT INTO closings VALUES ('apprenants', 3, 3, 5);

CREATE TABLE contact_confirmations(provider_siret VARCHAR NOT NULL, address VARCHAR NOT NULL, confirmed_at TIMESTAMP WITH TIME ZONE NOT NULL);

CREATE TABLE cross_findings(finding_id BIGINT NOT NULL, submission_id BIGINT NOT NULL, line INTEGER, kind VARCHAR, provider_siret VARCHAR, column_name VARCHAR, "rule" VARCHAR NOT NULL, severity VARCHAR NOT NULL, message VARCHAR NOT NULL, row_key VARCHAR, first_seen TIMESTAMP WITH TIME ZONE NOT NULL, opened_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO cross_findings VALUES (1, 4, 2, 'suivi', '90012000700019', 'learner_ref', 'SUI-51', 'warning', 'L''apprenant de ce suivi, ou sa session, n''est pas encore connu : la ligne est gardée et comptera quand le retour qui manque arrivera ; vérifiez la référence de l''apprenant et le numéro de session.', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L7' || chr(31) || 'M6', TIMESTAMPTZ '2019-05-24 02:00:00.000003+00', TIMESTAMPTZ '2019-05-24 02:00:00.000003+00');

CREATE TABLE cross_resolutions(finding_id BIGINT NOT NULL, resolved_at TIMESTAMP WITH TIME ZONE NOT NULL);

CREATE TABLE deliveries(message_id VARCHAR NOT NULL, attempt INTEGER NOT NULL, attempted_at TIMESTAMP WITH TIME ZONE NOT NULL, state VARCHAR NOT NULL, reply_code INTEGER, reply VARCHAR, next_attempt_at TIMESTAMP WITH TIME ZONE);
INSERT INTO deliveries VALUES ('<2c07579009ec9cdd3c666766@suivi.invalid>', 1, TIMESTAMPTZ '2019-05-24 02:00:00.000000+00', 'file', NULL, NULL, NULL);
INSERT INTO deliveries VALUES ('<a073ff41913edb800ed509d3@suivi.invalid>', 1, TIMESTAMPTZ '2019-05-26 02:00:00.000000+00', 'file', NULL, NULL, NULL);

CREATE TABLE digest_figures(message_id VARCHAR NOT NULL, "rule" VARCHAR NOT NULL, providers BIGINT NOT NULL, lines BIGINT NOT NULL);

CREATE TABLE erased_scopes(submission_id BIGINT NOT NULL, kind VARCHAR NOT NULL, "scope" VARCHAR NOT NULL);
INSERT INTO erased_scopes VALUES (3, 'apprenants', '90012000700019' || chr(31) || 'S1');
INSERT INTO erased_scopes VALUES (5, 'apprenants', '90012000700019' || chr(31) || 'S1');

CREATE TABLE examinations(run_id VARCHAR NOT NULL, noted_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO examinations VALUES ('20261127T230247Z-186008', TIMESTAMPTZ '2019-05-24 02:00:00.000003+00');
INSERT INTO examinations VALUES ('20261127T230252Z-c3b9ea', TIMESTAMPTZ '2019-05-26 02:00:00.000003+00');

CREATE TABLE findings(finding_id BIGINT NOT NULL, submission_id BIGINT NOT NULL, line INTEGER, column_name VARCHAR, "rule" VARCHAR NOT NULL, severity VARCHAR NOT NULL, message VARCHAR NOT NULL, row_key VARCHAR, first_seen TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO findings VALUES (1, 3, 5, 'born_on', 'APP-06I', 'error', 'La cellule « naissance » n''est pas lisible : écrivez une date au format JJ/MM/AAAA.', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L4', TIMESTAMPTZ '2019-05-24 02:00:00.000002+00');
INSERT INTO findings VALUES (2, 6, NULL, NULL, 'FIC-13', 'info', 'Ce fichier a déjà été reçu à l''identique : rien n''a changé, inutile de le renvoyer.', NULL, TIMESTAMPTZ '2019-05-26 02:00:00.000001+00');
INSERT INTO findings VALUES (3, 7, NULL, NULL, 'FIC-03', 'error', 'Aucune ligne d''en-têtes n''a été reconnue : mettez au-dessus de vos lignes les titres de colonnes du modèle et renvoyez le fichier. Aucune des premières lignes ne porte les titres d''un modèle.', NULL, TIMESTAMPTZ '2019-05-26 02:00:00.000002+00');
INSERT INTO findings VALUES (4, 8, NULL, NULL, 'FIC-17', 'warning', 'Le fichier vient d''un dossier qui n''a pas à parler pour cet organisme, ou pour la Région : il est mis de côté, et rien n''en compte tant que la Région n''a pas répondu. Il a été déposé dans le dossier « B » et parle pour le SIRET 90012000700019, dont les fichiers sont attendus dans le dossier « A ».', NULL, TIMESTAMPTZ '2019-05-26 02:00:00.000003+00');

CREATE TABLE held_answers(submission_id BIGINT NOT NULL, answer VARCHAR NOT NULL, answered_at TIMESTAMP WITH TIME ZONE NOT NULL);

CREATE TABLE meta(schema_version INTEGER NOT NULL, created_at TIMESTAMP WITH TIME ZONE NOT NULL, key_fingerprint VARCHAR NOT NULL);
INSERT INTO meta VALUES (4, TIMESTAMPTZ '2026-11-27 23:02:47.292833+00', '9feccd65cc260c621c6968601bcb1feb');

CREATE TABLE nights(run_id VARCHAR NOT NULL, started_at TIMESTAMP WITH TIME ZONE NOT NULL, finished_at TIMESTAMP WITH TIME ZONE, as_of DATE NOT NULL, state VARCHAR NOT NULL);
INSERT INTO nights VALUES ('20261127T230247Z-186008', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00', TIMESTAMPTZ '2026-11-27 23:02:52.308939+00', DATE '2019-05-24', 'done');
INSERT INTO nights VALUES ('20261127T230252Z-c3b9ea', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00', TIMESTAMPTZ '2026-11-27 23:02:53.819183+00', DATE '2019-05-26', 'done');

CREATE TABLE night_rules(run_id VARCHAR NOT NULL, suivi_version VARCHAR NOT NULL, programme_version VARCHAR NOT NULL, refuse_above DOUBLE NOT NULL, max_file_mb DOUBLE NOT NULL);
INSERT INTO night_rules VALUES ('20261127T230247Z-186008', '0.1.0', 'aa1c82a84fa2', 0.5, 50.0);
INSERT INTO night_rules VALUES ('20261127T230252Z-c3b9ea', '0.1.0', 'aa1c82a84fa2', 0.5, 50.0);

CREATE TABLE outbox(message_id VARCHAR NOT NULL, run_id VARCHAR NOT NULL, topic VARCHAR NOT NULL, thread VARCHAR NOT NULL, recipient VARCHAR NOT NULL, subject VARCHAR NOT NULL, asks_for_returns BOOLEAN NOT NULL, "content" BLOB NOT NULL, created_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO outbox VALUES ('<2c07579009ec9cdd3c666766@suivi.invalid>', '20261127T230247Z-186008', 'night', '90012000700019', 'contact@exemple.fr', 'Numérique pour tous : 1 ligne à corriger, 3 retours en retard, 1 ligne à vérifier', TRUE, encode(replace('From: Suivi des formations <suivi@suivi.invalid>
To: contact@exemple.fr
Subject: =?utf-8?q?Num=C3=A9rique_pour_tous_=3A_1_ligne_=C3=A0_corriger=2C?=
 =?utf-8?q?_3_retours_en_retard=2C_1_ligne_=C3=A0_v=C3=A9rifier?=
Date: Fri, 24 May 2019 04:00:00 +0200
Message-ID: <2c07579009ec9cdd3c666766@suivi.invalid>
List-Id: Suivi des formations de l''ERN <suivi.suivi.invalid>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Suivi-Topic: night
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="===============6359652724535326140=="

--===============6359652724535326140==
Content-Type: multipart/alternative;
 boundary="===============7367436033404930330=="

--===============7367436033404930330==
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Bonjour,

Num=C3=A9rique pour tous (SIRET 90012000700019), nuit du 24 mai 2019=C2=A0: 1=
 ligne =C3=A0
corriger, 3 retours en retard, 1 ligne =C3=A0 v=C3=A9rifier.

VOS FICHIERS

* A/apprenants.csv
  Votre fichier est accept=C3=A9 en partie=C2=A0: 3 lignes sur 4 sont prises,=
 1 est
  rejet=C3=A9e.
  Corrigez les lignes signal=C3=A9es dans votre tableau, puis renvoyez le fic=
hier
  entier, pas ces lignes seules=C2=A0: un envoi remplace le pr=C3=A9c=C3=A9de=
nt.

  =C3=80 corriger :

  - La cellule =C2=AB=C2=A0naissance=C2=A0=C2=BB n''est pas lisible.
    O=C3=B9=C2=A0: ligne 5.
    Que faire=C2=A0: =C3=89crivez une date au format JJ/MM/AAAA.
    R=C3=A8gle APP-06I.

* A/suivi.csv
  Votre fichier est accept=C3=A9=C2=A0: sa ligne est prise.
  Relisez 1 point =C3=A0 v=C3=A9rifier=E2=80=AF; si une valeur est fausse, co=
rrigez-la et
  renvoyez le fichier entier.

  =C3=80 v=C3=A9rifier :

  - L''apprenant de ce suivi n''est pas (encore) connu dans cette session, ou
    sa session attend elle-m=C3=AAme.
    O=C3=B9=C2=A0: ligne 2, colonne id_apprenant.
    Que faire=C2=A0: La ligne est gard=C3=A9e et comptera quand il arrivera=
=E2=80=AF; v=C3=A9rifiez
    la r=C3=A9f=C3=A9rence et le num=C3=A9ro de session.
    R=C3=A8gle SUI-51.

VOS AUTRES FICHIERS

Accept=C3=A9s, rien =C3=A0 signaler=C2=A0: A/sessions.csv.

RETOURS EN RETARD

  - Retour suivi, =C3=A9ch=C3=A9ance SORTIE (=C3=A0 la sortie), session S1=C2=
=A0: attendu au
    plus tard le 25 novembre 2018.
  - Retour depenses, action A1=C2=A0: attendu au plus tard le 27 d=C3=A9cembr=
e 2018.
  - Retour suivi, =C3=A9ch=C3=A9ance M3 (3 mois), session S1=C2=A0: attendu a=
u plus tard le
    25 f=C3=A9vrier 2019.

V=C3=89RIFIER AVANT DE RENVOYER

  - suivi check FICHIER=C2=A0: dit en quelques secondes ce que nous dirons de
    votre fichier, sans rien envoyer.
  - suivi template apprenants=C2=A0: donne le mod=C3=A8le vide du retour appr=
enants.
  - suivi template suivi=C2=A0: donne le mod=C3=A8le vide du retour suivi.

--
Le fichier joint suivi-2019-05-24.csv reprend chaque signalement avec sa
ligne et sa colonne.
En tout, 2 signalements restent ouverts dans vos retours.
Message automatique du suivi des formations de l''=C3=89cole R=C3=A9gionale du
Num=C3=A9rique. Il ne reprend aucune valeur des fichiers.

--===============7367436033404930330==
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0

<!DOCTYPE html><html lang=3D"fr"><head><style>@media (max-width: 480px) {
  .body, .head, .foot { padding-left: 12px !important; padding-right: 12px !i=
mportant; }
  .margin { padding: 0 !important; }
  .data th, .data td { padding: 5px 4px !important; font-size: 14px !importan=
t; }
  .data th { font-size: 13px !important; }
} </style>
<meta charset=3D"utf-8">
<meta name=3D"viewport" content=3D"width=3Ddevice-width, initial-scale=3D1">
<meta name=3D"color-scheme" content=3D"light">
<title>Num=C3=A9rique pour tous : 1 ligne =C3=A0 corriger, 3 retours en retar=
d, 1 ligne =C3=A0 v=C3=A9rifier</title>

</head>
<body style=3D"margin: 0;padding: 0;background: #f4f5fa;color: #1b1b2f;">
<table class=3D"frame" role=3D"presentation" style=3D"border-collapse: collap=
se;border-spacing: 0;width: 100%;background: #f4f5fa;"><tbody><tr><td class=
=3D"margin" style=3D"padding: 16px 8px;text-align: center;">
<table class=3D"sheet" role=3D"presentation" style=3D"border-collapse: collap=
se;border-spacing: 0;width: 100%;max-width: 640px;margin: 0 auto;background: =
#ffffff;border: 1px solid #c8c8d4;text-align: left;font: 16px/1.5 Arial, Helv=
etica, sans-serif;color: #1b1b2f;overflow-wrap: anywhere;word-break: break-wo=
rd;">
<tbody><tr><td class=3D"head" style=3D"padding: 12px 24px;background: #1b1b2f=
;color: #ffffff;font: bold 14px/1.4 Arial, Helvetica, sans-serif;">Suivi des =
formations de l''=C3=89cole R=C3=A9gionale du Num=C3=A9rique</td></tr>
<tr><td class=3D"body" style=3D"padding: 20px 24px 24px;"><div role=3D"main">
<h1 style=3D"margin: 0 0 12px;font: bold 22px/1.3 Arial, Helvetica, sans-seri=
f;"><bdi>Num=C3=A9rique pour tous</bdi></h1>
<p style=3D"margin: 0 0 10px;">Bonjour,</p>
<table class=3D"box" role=3D"presentation" style=3D"border-collapse: collapse=
;border-spacing: 0;width: 100%;margin: 0 0 14px;"><tbody><tr><td class=3D"bad=
" style=3D"padding: 10px 14px;background: #f4f5fa;border-left: 6px solid #4a4=
a5e;border-left-color: #a8120b;"><p style=3D"margin: 0 0 4px;"><strong>1 lign=
e =C3=A0 corriger, 3 retours en retard, 1 ligne =C3=A0 v=C3=A9rifier.</strong=
></p></td></tr></tbody></table>
<p class=3D"soft" style=3D"margin: 0 0 10px;color: #4a4a5e;font-size: 14px;">=
SIRET 90012000700019, nuit du 24 mai 2019</p><h2 style=3D"margin: 28px 0 8px;=
font: bold 18px/1.3 Arial, Helvetica, sans-serif;">Vos fichiers</h2>
<h3 style=3D"margin: 20px 0 6px;font: bold 16px/1.4 Arial, Helvetica, sans-se=
rif;"><bdi>A/apprenants.csv</bdi></h3>
<table class=3D"box" role=3D"presentation" style=3D"border-collapse: collapse=
;border-spacing: 0;width: 100%;margin: 0 0 14px;"><tbody><tr><td class=3D"wai=
t" style=3D"padding: 10px 14px;background: #f4f5fa;border-left: 6px solid #4a=
4a5e;border-left-color: #7a4b00;"><p style=3D"margin: 0 0 4px;"><strong>Votre=
 fichier est accept=C3=A9 en partie&nbsp;: 3 lignes sur 4 sont prises, 1 est =
rejet=C3=A9e.</strong></p></td></tr></tbody></table>
<p style=3D"margin: 0 0 10px;">Corrigez les lignes signal=C3=A9es dans votre =
tableau, puis renvoyez le fichier entier, pas ces lignes seules&nbsp;: un env=
oi remplace le pr=C3=A9c=C3=A9dent.</p>
<h4 style=3D"margin: 14px 0 4px;font: bold 15px/1.4 Arial, Helvetica, sans-se=
rif;color: #4a4a5e;">=C3=80 corriger</h4>
<table class=3D"rule" role=3D"presentation" style=3D"border-collapse: collaps=
e;border-spacing: 0;width: 100%;margin: 0 0 12px;"><tbody><tr><td style=3D"pa=
dding: 8px 12px;border: 1px solid #c8c8d4;">
<p style=3D"margin: 0 0 4px;"><strong>La cellule =C2=AB&nbsp;naissance&nbsp;=
=C2=BB n''est pas lisible.</strong></p>
<p style=3D"margin: 0 0 4px;">O=C3=B9&nbsp;: ligne 5.</p>
<p style=3D"margin: 0 0 4px;">Que faire&nbsp;: =C3=89crivez une date au forma=
t JJ/MM/AAAA.</p><p class=3D"soft" style=3D"color: #4a4a5e;font-size: 14px;ma=
rgin: 0 0 4px;">R=C3=A8gle APP-06I</p>
</td></tr></tbody></table>
<h3 style=3D"margin: 20px 0 6px;font: bold 16px/1.4 Arial, Helvetica, sans-se=
rif;"><bdi>A/suivi.csv</bdi></h3>
<table class=3D"box" role=3D"presentation" style=3D"border-collapse: collapse=
;border-spacing: 0;width: 100%;margin: 0 0 14px;"><tbody><tr><td class=3D"goo=
d" style=3D"padding: 10px 14px;background: #f4f5fa;border-left: 6px solid #4a=
4a5e;border-left-color: #0b6b3a;"><p style=3D"margin: 0 0 4px;"><strong>Votre=
 fichier est accept=C3=A9&nbsp;: sa ligne est prise.</strong></p></td></tr></=
tbody></table>
<p style=3D"margin: 0 0 10px;">Relisez 1 point =C3=A0 v=C3=A9rifier=E2=80=AF;=
 si une valeur est fausse, corrigez-la et renvoyez le fichier entier.</p>
<h4 style=3D"margin: 14px 0 4px;font: bold 15px/1.4 Arial, Helvetica, sans-se=
rif;color: #4a4a5e;">=C3=80 v=C3=A9rifier</h4>
<table class=3D"rule" role=3D"presentation" style=3D"border-collapse: collaps=
e;border-spacing: 0;width: 100%;margin: 0 0 12px;"><tbody><tr><td style=3D"pa=
dding: 8px 12px;border: 1px solid #c8c8d4;">
<p style=3D"margin: 0 0 4px;"><strong>L''apprenant de ce suivi n''est pas (enco=
re) connu dans cette session, ou sa session attend elle-m=C3=AAme.</strong></=
p>
<p style=3D"margin: 0 0 4px;">O=C3=B9&nbsp;: ligne 2, colonne <code style=3D"=
padding: 0 3px;background: #f4f5fa;font: 14px/1.5 Consolas, ''Liberation Mono''=
, monospace;">id_apprenant</code>.</p>
<p style=3D"margin: 0 0 4px;">Que faire&nbsp;: La ligne est gard=C3=A9e et co=
mptera quand il arrivera=E2=80=AF; v=C3=A9rifiez la r=C3=A9f=C3=A9rence et le=
 num=C3=A9ro de session.</p><p class=3D"soft" style=3D"color: #4a4a5e;font-si=
ze: 14px;margin: 0 0 4px;">R=C3=A8gle SUI-51</p>
</td></tr></tbody></table>
<h3 style=3D"margin: 20px 0 6px;font: bold 16px/1.4 Arial, Helvetica, sans-se=
rif;">Vos autres fichiers</h3><p style=3D"margin: 0 0 10px;">Accept=C3=A9s, r=
ien =C3=A0 signaler&nbsp;: <bdi>A/sessions.csv</bdi>.</p><h2 style=3D"margin:=
 28px 0 8px;font: bold 18px/1.3 Arial, Helvetica, sans-serif;">Retours en ret=
ard</h2>
<table class=3D"data" style=3D"border-collapse: collapse;border-spacing: 0;wi=
dth: 100%;margin: 0 0 12px;table-layout: fixed;font-size: 15px;">
<thead><tr><th scope=3D"col" width=3D"42%" style=3D"padding: 6px 8px;backgrou=
nd: #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size: 14px=
;vertical-align: bottom;overflow-wrap: normal;word-break: normal;">Retour =C3=
=A0 envoyer</th><th scope=3D"col" width=3D"28%" style=3D"padding: 6px 8px;bac=
kground: #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size:=
 14px;vertical-align: bottom;overflow-wrap: normal;word-break: normal;">Conce=
rne</th><th scope=3D"col" width=3D"30%" style=3D"padding: 6px 8px;background:=
 #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size: 14px;ve=
rtical-align: bottom;overflow-wrap: normal;word-break: normal;">Attendu au pl=
us tard le</th></tr></thead>
<tbody>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour suivi, =C3=A9ch=C3=A9ance SORTIE (=C3=A0 la sortie)</td><t=
d style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-align: =
top;"><bdi>session S1</bdi></td><td style=3D"padding: 6px 8px;border-bottom: =
1px solid #c8c8d4;vertical-align: top;">25 novembre 2018</td></tr>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour depenses</td><td style=3D"padding: 6px 8px;border-bottom: =
1px solid #c8c8d4;vertical-align: top;"><bdi>action A1</bdi></td><td style=3D=
"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-align: top;">27 d=
=C3=A9cembre 2018</td></tr>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour suivi, =C3=A9ch=C3=A9ance M3 (3 mois)</td><td style=3D"pad=
ding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-align: top;"><bdi>ses=
sion S1</bdi></td><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c=
8d4;vertical-align: top;">25 f=C3=A9vrier 2019</td></tr>
</tbody>
</table>
<h2 style=3D"margin: 28px 0 8px;font: bold 18px/1.3 Arial, Helvetica, sans-se=
rif;">V=C3=A9rifier avant de renvoyer</h2>
<ul style=3D"margin: 0 0 10px;padding: 0 0 0 22px;">
<li style=3D"margin: 0 0 4px;"><code style=3D"padding: 0 3px;background: #f4f=
5fa;font: 14px/1.5 Consolas, ''Liberation Mono'', monospace;">suivi check FICHI=
ER</code> dit en quelques secondes ce que nous dirons de votre fichier, sans =
rien envoyer.</li>
<li style=3D"margin: 0 0 4px;"><code style=3D"padding: 0 3px;background: #f4f=
5fa;font: 14px/1.5 Consolas, ''Liberation Mono'', monospace;">suivi template ap=
prenants</code> donne le mod=C3=A8le vide du retour apprenants.</li>
<li style=3D"margin: 0 0 4px;"><code style=3D"padding: 0 3px;background: #f4f=
5fa;font: 14px/1.5 Consolas, ''Liberation Mono'', monospace;">suivi template su=
ivi</code> donne le mod=C3=A8le vide du retour suivi.</li>
</ul>

</div></td></tr>
<tr><td class=3D"foot" style=3D"padding: 14px 24px;border-top: 1px solid #c8c=
8d4;font: 13px/1.5 Arial, Helvetica, sans-serif;color: #4a4a5e;"><div role=3D=
"contentinfo">
<p style=3D"margin: 0 0 10px;">Le fichier joint suivi-2019-05-24.csv reprend =
chaque signalement avec sa ligne et sa colonne. En tout, 2 signalements reste=
nt ouverts dans vos retours.</p>
<p style=3D"margin: 0 0 10px;">Message automatique. Il ne reprend aucune vale=
ur des fichiers.</p>
</div></td></tr>
</tbody></table>
</td></tr></tbody></table>

</body></html>

--===============7367436033404930330==--

--===============6359652724535326140==
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="suivi-2019-05-24.csv"
Content-Type: text/csv; charset="utf-8"
MIME-Version: 1.0

77u/b3JnYW5pc21lO3NpcmV0O2ZpY2hpZXI7cmV0b3VyO2xpZ25lO2NvbG9ubmU7csOoZ2xlO2dy
YXZpdMOpO2NlIHF1aSBuZSB2YSBwYXMgZXQgcXVlIGZhaXJlO2NvbmNlcm5lO2F0dGVuZHUgYXUg
cGx1cyB0YXJkIGxlO2TDqWrDoCBzaWduYWzDqQ0KTnVtw6lyaXF1ZSBwb3VyIHRvdXM7OTAwMTIw
MDA3MDAwMTk7QS9hcHByZW5hbnRzLmNzdjthcHByZW5hbnRzOzU7bmFpc3NhbmNlO0FQUC0wNkk7
ZXJyZXVyO0xhIGNlbGx1bGUgwqsgbmFpc3NhbmNlIMK7IG4nZXN0IHBhcyBsaXNpYmxlIDogw6lj
cml2ZXogdW5lIGRhdGUgYXUgZm9ybWF0IEpKL01NL0FBQUEuOzs7DQpOdW3DqXJpcXVlIHBvdXIg
dG91czs5MDAxMjAwMDcwMDAxOTtBL3N1aXZpLmNzdjtzdWl2aTsyO2lkX2FwcHJlbmFudDtTVUkt
NTE7YWxlcnRlOyJMJ2FwcHJlbmFudCBkZSBjZSBzdWl2aSBuJ2VzdCBwYXMgKGVuY29yZSkgY29u
bnUgZGFucyBjZXR0ZSBzZXNzaW9uLCBvdSBzYSBzZXNzaW9uIGF0dGVuZCBlbGxlLW3Dqm1lIDog
bGEgbGlnbmUgZXN0IGdhcmTDqWUgZXQgY29tcHRlcmEgcXVhbmQgaWwgYXJyaXZlcmEgOyB2w6ly
aWZpZXogbGEgcsOpZsOpcmVuY2UgZXQgbGUgbnVtw6lybyBkZSBzZXNzaW9uLiI7OzsNCk51bcOp
cmlxdWUgcG91ciB0b3VzOzkwMDEyMDAwNzAwMDE5OztzdWl2aTs7O1JFVC0wMjtyZXRhcmQ7UmV0
b3VyIHN1aXZpLCDDqWNow6lhbmNlIFNPUlRJRSAow6AgbGEgc29ydGllKTtzZXNzaW9uIFMxLCDD
qWNow6lhbmNlIFNPUlRJRTsyNS8xMS8yMDE4Ow0KTnVtw6lyaXF1ZSBwb3VyIHRvdXM7OTAwMTIw
MDA3MDAwMTk7O3N1aXZpOzs7UkVULTAyO3JldGFyZDtSZXRvdXIgc3VpdmksIMOpY2jDqWFuY2Ug
TTMgKDMgbW9pcyk7c2Vzc2lvbiBTMSwgw6ljaMOpYW5jZSBNMzsyNS8wMi8yMDE5Ow0KTnVtw6ly
aXF1ZSBwb3VyIHRvdXM7OTAwMTIwMDA3MDAwMTk7O2RlcGVuc2VzOzs7UkVULTAzO3JldGFyZDtS
ZXRvdXIgZGVwZW5zZXM7YWN0aW9uIEExOzI3LzEyLzIwMTg7DQo=

--===============6359652724535326140==--
', chr(10), chr(13) || chr(10))), TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO outbox VALUES ('<a073ff41913edb800ed509d3@suivi.invalid>', '20261127T230252Z-c3b9ea', 'night', '90012000700019', 'contact@exemple.fr', 'Numérique pour tous : 1 fichier mis de côté, 1 signalement réglé', TRUE, encode(replace('From: Suivi des formations <suivi@suivi.invalid>
To: contact@exemple.fr
Subject: =?utf-8?b?TnVtw6lyaXF1ZSBwb3VyIHRvdXMgOiAxIGZpY2hpZXIgbWlzIGRl?=
 =?utf-8?b?IGPDtHTDqSwgMSBzaWduYWxlbWVudCByw6lnbMOp?=
Date: Sun, 26 May 2019 04:00:00 +0200
Message-ID: <a073ff41913edb800ed509d3@suivi.invalid>
In-Reply-To: <2c07579009ec9cdd3c666766@suivi.invalid>
References: <2c07579009ec9cdd3c666766@suivi.invalid>
List-Id: Suivi des formations de l''ERN <suivi.suivi.invalid>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
X-Suivi-Topic: night
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="===============7070069378936781587=="

--===============7070069378936781587==
Content-Type: multipart/alternative;
 boundary="===============7630983995105224356=="

--===============7630983995105224356==
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Bonjour,

Num=C3=A9rique pour tous (SIRET 90012000700019), nuit du 26 mai 2019=C2=A0: 1=
 fichier
mis de c=C3=B4t=C3=A9, 1 signalement r=C3=A9gl=C3=A9.

MIS DE C=C3=94T=C3=89, RIEN N''EN EST COMPT=C3=89

* =C2=AB=C2=A0B/depenses.csv=C2=A0=C2=BB, d=C3=A9pos=C3=A9 dans le dossier =
=C2=AB=C2=A0B=C2=A0=C2=BB, re=C3=A7u le 26 mai 2019 =C3=A0
  4=C2=A0h=C2=A000, retour depenses.
  Le fichier vient d''un dossier qui n''a pas =C3=A0 parler pour cet organisme,=
 ou
  pour la R=C3=A9gion. Il a =C3=A9t=C3=A9 d=C3=A9pos=C3=A9 dans le dossier =
=C2=AB=C2=A0B=C2=A0=C2=BB et parle pour le
  SIRET 90012000700019, dont les fichiers sont attendus dans le dossier
  =C2=AB=C2=A0A=C2=A0=C2=BB.
  R=C3=A9pondez =C3=A0 ce message pour dire si ce fichier est le v=C3=B4tre. =
La R=C3=A9gion
  d=C3=A9cide=E2=80=AF; d''ici l=C3=A0 rien n''en est compt=C3=A9, et vos donn=
=C3=A9es restent celles
  d''avant.

VOS FICHIERS

Accept=C3=A9s, rien =C3=A0 signaler=C2=A0: A/apprenants 2.csv.
D=C3=A9j=C3=A0 re=C3=A7us =C3=A0 l''identique, rien n''a chang=C3=A9=C2=A0: A/s=
essions encore.csv.

RETOURS EN RETARD

  - Retour suivi, =C3=A9ch=C3=A9ance SORTIE (=C3=A0 la sortie), session S1=C2=
=A0: attendu au
    plus tard le 25 novembre 2018 (d=C3=A9j=C3=A0 signal=C3=A9).
  - Retour depenses, action A1=C2=A0: attendu au plus tard le 27 d=C3=A9cembr=
e 2018
    (d=C3=A9j=C3=A0 signal=C3=A9).
  - Retour suivi, =C3=A9ch=C3=A9ance M3 (3 mois), session S1=C2=A0: attendu a=
u plus tard le
    25 f=C3=A9vrier 2019 (d=C3=A9j=C3=A0 signal=C3=A9).

R=C3=89GL=C3=89 DEPUIS NOTRE DERNIER MESSAGE, MERCI

  - La cellule =C2=AB=C2=A0naissance=C2=A0=C2=BB n''est pas lisible. (1 signal=
ement, retour
    apprenants)

--
Le fichier joint suivi-2019-05-26.csv reprend chaque signalement avec sa
ligne et sa colonne.
En tout, 1 signalement reste ouvert dans vos retours.
Message automatique du suivi des formations de l''=C3=89cole R=C3=A9gionale du
Num=C3=A9rique. Il ne reprend aucune valeur des fichiers.

--===============7630983995105224356==
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0

<!DOCTYPE html><html lang=3D"fr"><head><style>@media (max-width: 480px) {
  .body, .head, .foot { padding-left: 12px !important; padding-right: 12px !i=
mportant; }
  .margin { padding: 0 !important; }
  .data th, .data td { padding: 5px 4px !important; font-size: 14px !importan=
t; }
  .data th { font-size: 13px !important; }
} </style>
<meta charset=3D"utf-8">
<meta name=3D"viewport" content=3D"width=3Ddevice-width, initial-scale=3D1">
<meta name=3D"color-scheme" content=3D"light">
<title>Num=C3=A9rique pour tous : 1 fichier mis de c=C3=B4t=C3=A9, 1 signalem=
ent r=C3=A9gl=C3=A9</title>

</head>
<body style=3D"margin: 0;padding: 0;background: #f4f5fa;color: #1b1b2f;">
<table class=3D"frame" role=3D"presentation" style=3D"border-collapse: collap=
se;border-spacing: 0;width: 100%;background: #f4f5fa;"><tbody><tr><td class=
=3D"margin" style=3D"padding: 16px 8px;text-align: center;">
<table class=3D"sheet" role=3D"presentation" style=3D"border-collapse: collap=
se;border-spacing: 0;width: 100%;max-width: 640px;margin: 0 auto;background: =
#ffffff;border: 1px solid #c8c8d4;text-align: left;font: 16px/1.5 Arial, Helv=
etica, sans-serif;color: #1b1b2f;overflow-wrap: anywhere;word-break: break-wo=
rd;">
<tbody><tr><td class=3D"head" style=3D"padding: 12px 24px;background: #1b1b2f=
;color: #ffffff;font: bold 14px/1.4 Arial, Helvetica, sans-serif;">Suivi des =
formations de l''=C3=89cole R=C3=A9gionale du Num=C3=A9rique</td></tr>
<tr><td class=3D"body" style=3D"padding: 20px 24px 24px;"><div role=3D"main">
<h1 style=3D"margin: 0 0 12px;font: bold 22px/1.3 Arial, Helvetica, sans-seri=
f;"><bdi>Num=C3=A9rique pour tous</bdi></h1>
<p style=3D"margin: 0 0 10px;">Bonjour,</p>
<table class=3D"box" role=3D"presentation" style=3D"border-collapse: collapse=
;border-spacing: 0;width: 100%;margin: 0 0 14px;"><tbody><tr><td class=3D"wai=
t" style=3D"padding: 10px 14px;background: #f4f5fa;border-left: 6px solid #4a=
4a5e;border-left-color: #7a4b00;"><p style=3D"margin: 0 0 4px;"><strong>1 fic=
hier mis de c=C3=B4t=C3=A9, 1 signalement r=C3=A9gl=C3=A9.</strong></p></td><=
/tr></tbody></table>
<p class=3D"soft" style=3D"margin: 0 0 10px;color: #4a4a5e;font-size: 14px;">=
SIRET 90012000700019, nuit du 26 mai 2019</p><h2 style=3D"margin: 28px 0 8px;=
font: bold 18px/1.3 Arial, Helvetica, sans-serif;">Mis de c=C3=B4t=C3=A9, rie=
n n''en est compt=C3=A9</h2>
<table class=3D"box" role=3D"presentation" style=3D"border-collapse: collapse=
;border-spacing: 0;width: 100%;margin: 0 0 14px;"><tbody><tr><td class=3D"wai=
t" style=3D"padding: 10px 14px;background: #f4f5fa;border-left: 6px solid #4a=
4a5e;border-left-color: #7a4b00;"><p style=3D"margin: 0 0 4px;"><strong>=C2=
=AB&nbsp;<bdi>B/depenses.csv</bdi>&nbsp;=C2=BB, d=C3=A9pos=C3=A9 dans le doss=
ier =C2=AB&nbsp;<bdi>B</bdi>&nbsp;=C2=BB, re=C3=A7u le 26 mai 2019 =C3=A0 4&n=
bsp;h&nbsp;00, retour depenses.</strong></p><p style=3D"margin: 0 0 4px;">Le =
fichier vient d''un dossier qui n''a pas =C3=A0 parler pour cet organisme, ou p=
our la R=C3=A9gion. Il a =C3=A9t=C3=A9 d=C3=A9pos=C3=A9 dans le dossier =C2=
=AB&nbsp;<bdi>B</bdi>&nbsp;=C2=BB et parle pour le SIRET 90012000700019, dont=
 les fichiers sont attendus dans le dossier =C2=AB&nbsp;<bdi>A</bdi>&nbsp;=C2=
=BB.</p><p style=3D"margin: 0 0 4px;">R=C3=A9pondez =C3=A0 ce message pour di=
re si ce fichier est le v=C3=B4tre. La R=C3=A9gion d=C3=A9cide=E2=80=AF; d''ic=
i l=C3=A0 rien n''en est compt=C3=A9, et vos donn=C3=A9es restent celles d''ava=
nt.</p></td></tr></tbody></table>
<h2 style=3D"margin: 28px 0 8px;font: bold 18px/1.3 Arial, Helvetica, sans-se=
rif;">Vos fichiers</h2><p style=3D"margin: 0 0 10px;">Accept=C3=A9s, rien =C3=
=A0 signaler&nbsp;: <bdi>A/apprenants 2.csv</bdi>.</p><p style=3D"margin: 0 0=
 10px;">D=C3=A9j=C3=A0 re=C3=A7us =C3=A0 l''identique, rien n''a chang=C3=A9&nb=
sp;: <bdi>A/sessions encore.csv</bdi>.</p><h2 style=3D"margin: 28px 0 8px;fon=
t: bold 18px/1.3 Arial, Helvetica, sans-serif;">Retours en retard</h2>
<table class=3D"data" style=3D"border-collapse: collapse;border-spacing: 0;wi=
dth: 100%;margin: 0 0 12px;table-layout: fixed;font-size: 15px;">
<thead><tr><th scope=3D"col" width=3D"42%" style=3D"padding: 6px 8px;backgrou=
nd: #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size: 14px=
;vertical-align: bottom;overflow-wrap: normal;word-break: normal;">Retour =C3=
=A0 envoyer</th><th scope=3D"col" width=3D"28%" style=3D"padding: 6px 8px;bac=
kground: #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size:=
 14px;vertical-align: bottom;overflow-wrap: normal;word-break: normal;">Conce=
rne</th><th scope=3D"col" width=3D"30%" style=3D"padding: 6px 8px;background:=
 #f4f5fa;border-bottom: 2px solid #c8c8d4;text-align: left;font-size: 14px;ve=
rtical-align: bottom;overflow-wrap: normal;word-break: normal;">Attendu au pl=
us tard le</th></tr></thead>
<tbody>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour suivi, =C3=A9ch=C3=A9ance SORTIE (=C3=A0 la sortie) <span =
class=3D"soft" style=3D"color: #4a4a5e;font-size: 14px;">(d=C3=A9j=C3=A0 sign=
al=C3=A9)</span></td><td style=3D"padding: 6px 8px;border-bottom: 1px solid #=
c8c8d4;vertical-align: top;"><bdi>session S1</bdi></td><td style=3D"padding: =
6px 8px;border-bottom: 1px solid #c8c8d4;vertical-align: top;">25 novembre 20=
18</td></tr>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour depenses <span class=3D"soft" style=3D"color: #4a4a5e;font=
-size: 14px;">(d=C3=A9j=C3=A0 signal=C3=A9)</span></td><td style=3D"padding: =
6px 8px;border-bottom: 1px solid #c8c8d4;vertical-align: top;"><bdi>action A1=
</bdi></td><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;ver=
tical-align: top;">27 d=C3=A9cembre 2018</td></tr>
<tr><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertical-a=
lign: top;">Retour suivi, =C3=A9ch=C3=A9ance M3 (3 mois) <span class=3D"soft"=
 style=3D"color: #4a4a5e;font-size: 14px;">(d=C3=A9j=C3=A0 signal=C3=A9)</spa=
n></td><td style=3D"padding: 6px 8px;border-bottom: 1px solid #c8c8d4;vertica=
l-align: top;"><bdi>session S1</bdi></td><td style=3D"padding: 6px 8px;border=
-bottom: 1px solid #c8c8d4;vertical-align: top;">25 f=C3=A9vrier 2019</td></t=
r>
</tbody>
</table>
<h2 style=3D"margin: 28px 0 8px;font: bold 18px/1.3 Arial, Helvetica, sans-se=
rif;">R=C3=A9gl=C3=A9 depuis notre dernier message, merci</h2>
<ul style=3D"margin: 0 0 10px;padding: 0 0 0 22px;">
<li style=3D"margin: 0 0 4px;">La cellule =C2=AB&nbsp;naissance&nbsp;=C2=BB n=
''est pas lisible. <span class=3D"soft" style=3D"color: #4a4a5e;font-size: 14p=
x;">(1 signalement, retour apprenants)</span></li>
</ul>
</div></td></tr>
<tr><td class=3D"foot" style=3D"padding: 14px 24px;border-top: 1px solid #c8c=
8d4;font: 13px/1.5 Arial, Helvetica, sans-serif;color: #4a4a5e;"><div role=3D=
"contentinfo">
<p style=3D"margin: 0 0 10px;">Le fichier joint suivi-2019-05-26.csv reprend =
chaque signalement avec sa ligne et sa colonne. En tout, 1 signalement reste =
ouvert dans vos retours.</p>
<p style=3D"margin: 0 0 10px;">Message automatique. Il ne reprend aucune vale=
ur des fichiers.</p>
</div></td></tr>
</tbody></table>
</td></tr></tbody></table>

</body></html>

--===============7630983995105224356==--

--===============7070069378936781587==
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="suivi-2019-05-26.csv"
Content-Type: text/csv; charset="utf-8"
MIME-Version: 1.0

77u/b3JnYW5pc21lO3NpcmV0O2ZpY2hpZXI7cmV0b3VyO2xpZ25lO2NvbG9ubmU7csOoZ2xlO2dy
YXZpdMOpO2NlIHF1aSBuZSB2YSBwYXMgZXQgcXVlIGZhaXJlO2NvbmNlcm5lO2F0dGVuZHUgYXUg
cGx1cyB0YXJkIGxlO2TDqWrDoCBzaWduYWzDqQ0KTnVtw6lyaXF1ZSBwb3VyIHRvdXM7OTAwMTIw
MDA3MDAwMTk7Qi9kZXBlbnNlcy5jc3Y7ZGVwZW5zZXM7OztGSUMtMTc7bWlzIGRlIGPDtHTDqTtM
ZSBmaWNoaWVyIHZpZW50IGQndW4gZG9zc2llciBxdWkgbidhIHBhcyDDoCBwYXJsZXIgcG91ciBj
ZXQgb3JnYW5pc21lLCBvdSBwb3VyIGxhIFLDqWdpb24gOiBpbCBlc3QgbWlzIGRlIGPDtHTDqSwg
ZXQgcmllbiBuJ2VuIGNvbXB0ZSB0YW50IHF1ZSBsYSBSw6lnaW9uIG4nYSBwYXMgcsOpcG9uZHUu
IElsIGEgw6l0w6kgZMOpcG9zw6kgZGFucyBsZSBkb3NzaWVyIMKrIEIgwrsgZXQgcGFybGUgcG91
ciBsZSBTSVJFVCA5MDAxMjAwMDcwMDAxOSwgZG9udCBsZXMgZmljaGllcnMgc29udCBhdHRlbmR1
cyBkYW5zIGxlIGRvc3NpZXIgwqsgQSDCuy47OzsNCk51bcOpcmlxdWUgcG91ciB0b3VzOzkwMDEy
MDAwNzAwMDE5OztzdWl2aTs7O1JFVC0wMjtyZXRhcmQ7UmV0b3VyIHN1aXZpLCDDqWNow6lhbmNl
IFNPUlRJRSAow6AgbGEgc29ydGllKTtzZXNzaW9uIFMxLCDDqWNow6lhbmNlIFNPUlRJRTsyNS8x
MS8yMDE4O291aQ0KTnVtw6lyaXF1ZSBwb3VyIHRvdXM7OTAwMTIwMDA3MDAwMTk7O3N1aXZpOzs7
UkVULTAyO3JldGFyZDtSZXRvdXIgc3VpdmksIMOpY2jDqWFuY2UgTTMgKDMgbW9pcyk7c2Vzc2lv
biBTMSwgw6ljaMOpYW5jZSBNMzsyNS8wMi8yMDE5O291aQ0KTnVtw6lyaXF1ZSBwb3VyIHRvdXM7
OTAwMTIwMDA3MDAwMTk7O2RlcGVuc2VzOzs7UkVULTAzO3JldGFyZDtSZXRvdXIgZGVwZW5zZXM7
YWN0aW9uIEExOzI3LzEyLzIwMTg7b3VpDQo=

--===============7070069378936781587==--
', chr(10), chr(13) || chr(10))), TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');

CREATE TABLE overdue_ends(notice_id BIGINT NOT NULL, ended_at TIMESTAMP WITH TIME ZONE NOT NULL);

CREATE TABLE overdue_notices(notice_id BIGINT NOT NULL, provider_siret VARCHAR NOT NULL, kind VARCHAR NOT NULL, "level" VARCHAR NOT NULL, level_id VARCHAR NOT NULL, horizon VARCHAR, "rule" VARCHAR NOT NULL, due_on DATE NOT NULL, noted_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO overdue_notices VALUES (1, '90012000700019', 'depenses', 'action', '90012000700019/A1', NULL, 'RET-03', DATE '2018-12-27', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO overdue_notices VALUES (2, '90012000700019', 'suivi', 'session', '90012000700019/S1', 'M3', 'RET-02', DATE '2019-02-25', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO overdue_notices VALUES (3, '90012000700019', 'suivi', 'session', '90012000700019/S1', 'SORTIE', 'RET-02', DATE '2018-11-25', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');

CREATE TABLE quarantined_rows(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, row_key VARCHAR);
INSERT INTO quarantined_rows VALUES (3, 5, '90012000700019' || chr(31) || 'S1' || chr(31) || 'L4');

CREATE TABLE resolutions(finding_id BIGINT NOT NULL, resolved_by BIGINT NOT NULL, resolved_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO resolutions VALUES (1, 5, TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');

CREATE TABLE rows_actions(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, provider_name VARCHAR NOT NULL, contact_email VARCHAR NOT NULL, action_id VARCHAR NOT NULL, title VARCHAR NOT NULL, certification_code VARCHAR, rome_code VARCHAR, gen_labelled_on DATE NOT NULL, free_of_charge BOOLEAN NOT NULL, diploma_required BOOLEAN NOT NULL, call_id VARCHAR NOT NULL, total_cost_eur DECIMAL(14,2) NOT NULL, grant_eur DECIMAL(14,2) NOT NULL, agreed_on DATE NOT NULL);
INSERT INTO rows_actions VALUES (1, 2, '90012000700019' || chr(31) || 'A1', '90012000700019' || chr(31) || 'A1', '90012000700019', 'Numérique pour tous', 'contact@exemple.fr', 'A1', 'Développeur web', 'RNCP37674', 'M1805', DATE '2018-01-15', TRUE, FALSE, 'ERN-2017', 50000.00, 20000.00, DATE '2018-03-01');

CREATE TABLE rows_expenses(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, action_id VARCHAR NOT NULL, document_ref VARCHAR NOT NULL, spent_on DATE NOT NULL, cost_category VARCHAR NOT NULL, amount_eur DECIMAL(14,2) NOT NULL);

CREATE TABLE rows_followups(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, session_id VARCHAR NOT NULL, learner_ref VARCHAR NOT NULL, horizon VARCHAR NOT NULL, observed_on DATE NOT NULL, situation VARCHAR NOT NULL, is_digital_job VARCHAR NOT NULL, "source" VARCHAR, learner_key VARCHAR NOT NULL);
INSERT INTO rows_followups VALUES (4, 2, '90012000700019' || chr(31) || 'S1' || chr(31) || 'M6', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L7' || chr(31) || 'M6', '90012000700019', 'S1', 'L7', 'M6', DATE '2019-04-01', 'CDI', 'OUI', 'DECLARATIF', 'd9918330a241c1bc3835637f969f728d');

CREATE TABLE rows_fundings(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, action_id VARCHAR NOT NULL, reference VARCHAR NOT NULL, funder VARCHAR NOT NULL, funder_type VARCHAR NOT NULL, status VARCHAR NOT NULL, decided_on DATE NOT NULL, amount_eur DECIMAL(14,2) NOT NULL);

CREATE TABLE rows_learners(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, session_id VARCHAR NOT NULL, learner_ref VARCHAR NOT NULL, national_ref VARCHAR, sex VARCHAR NOT NULL, born_on DATE NOT NULL, commune_code VARCHAR NOT NULL, diploma_level VARCHAR NOT NULL, is_dropout VARCHAR NOT NULL, is_far_from_employment VARCHAR NOT NULL, is_qpv_resident VARCHAR NOT NULL, is_rural_resident VARCHAR NOT NULL, is_disabled VARCHAR NOT NULL, months_without_job INTEGER, entered_on DATE NOT NULL, left_on DATE, completion VARCHAR, certification VARCHAR, learner_key VARCHAR NOT NULL);
INSERT INTO rows_learners VALUES (3, 2, '90012000700019' || chr(31) || 'S1', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L1', '90012000700019', 'S1', 'L1', NULL, 'F', DATE '1994-07-14', '59512', '3', 'NON', 'OUI', 'NON', 'NON', 'NON', 8, DATE '2018-03-05', DATE '2018-09-28', 'TERMINE', 'OBTENUE', '3d45b7147d880f3cf638413313eb7372');
INSERT INTO rows_learners VALUES (3, 3, '90012000700019' || chr(31) || 'S1', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L2', '90012000700019', 'S1', 'L2', NULL, 'M', DATE '1994-07-14', '59512', '3', 'NON', 'OUI', 'NON', 'NON', 'NON', 8, DATE '2018-03-05', DATE '2018-09-28', 'TERMINE', 'OBTENUE', '9dc1d213f4521d38930a50a2601a4949');
INSERT INTO rows_learners VALUES (5, 2, '90012000700019' || chr(31) || 'S1', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L1', '90012000700019', 'S1', 'L1', NULL, 'M', DATE '1994-07-14', '59512', '3', 'NON', 'OUI', 'NON', 'NON', 'NON', 8, DATE '2018-03-05', DATE '2018-09-28', 'TERMINE', 'OBTENUE', '3d45b7147d880f3cf638413313eb7372');
INSERT INTO rows_learners VALUES (5, 3, '90012000700019' || chr(31) || 'S1', '90012000700019' || chr(31) || 'S1' || chr(31) || 'L2', '90012000700019', 'S1', 'L2', NULL, 'M', DATE '1994-07-14', '59512', '3', 'NON', 'OUI', 'NON', 'NON', 'NON', 8, DATE '2018-03-05', DATE '2018-09-28', 'TERMINE', 'OBTENUE', '9dc1d213f4521d38930a50a2601a4949');

CREATE TABLE rows_sessions(submission_id BIGINT NOT NULL, line INTEGER NOT NULL, "scope" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, provider_siret VARCHAR NOT NULL, action_id VARCHAR NOT NULL, session_id VARCHAR NOT NULL, commune_code VARCHAR NOT NULL, starts_on DATE NOT NULL, ends_on DATE NOT NULL, seats INTEGER NOT NULL);
INSERT INTO rows_sessions VALUES (2, 2, '90012000700019' || chr(31) || 'S1', '90012000700019' || chr(31) || 'S1', '90012000700019', 'A1', 'S1', '59512', DATE '2018-03-05', DATE '2018-09-28', 24);

CREATE TABLE submissions(submission_id BIGINT NOT NULL, run_id VARCHAR NOT NULL, file_name VARCHAR NOT NULL, kind VARCHAR, provider_siret VARCHAR, received_at TIMESTAMP WITH TIME ZONE NOT NULL, received_on DATE NOT NULL, sha256 VARCHAR NOT NULL, decision VARCHAR NOT NULL, records BIGINT NOT NULL, accepted BIGINT NOT NULL, quarantined BIGINT NOT NULL, blank_lines BIGINT NOT NULL, "identity" VARCHAR, sender VARCHAR NOT NULL, released_from BIGINT);
INSERT INTO submissions VALUES (1, '20261127T230247Z-186008', 'region/actions.csv', 'actions', NULL, TIMESTAMPTZ '2019-05-24 02:00:00.000000+00', DATE '2019-05-24', '1213a1334b66a196cc56af7952891c4f3812200d3c6d48bf73f9112f9618a677', 'accepted', 1, 1, 0, 0, '65024:2187271:295:1795816967240193843:1795820567240281085', 'region', NULL);
INSERT INTO submissions VALUES (2, '20261127T230247Z-186008', 'A/sessions.csv', 'sessions', '90012000700019', TIMESTAMPTZ '2019-05-24 02:00:00.000001+00', DATE '2019-05-24', '94588f2e02f985fa3e81d8bd427f66647b51739fe5538a861494a34c14394f4f', 'accepted', 1, 1, 0, 0, '65024:2187273:112:1795816968240193843:1795820567240359461', 'A', NULL);
INSERT INTO submissions VALUES (3, '20261127T230247Z-186008', 'A/apprenants.csv', 'apprenants', '90012000700019', TIMESTAMPTZ '2019-05-24 02:00:00.000002+00', DATE '2019-05-24', 'e7799f33a627f68882ddc853688bc2594470cfc5a44b689f2f93e15e22cc63b4', 'partial', 4, 3, 1, 0, '65024:2187274:615:1795816969240193843:1795820567240416496', 'A', NULL);
INSERT INTO submissions VALUES (4, '20261127T230247Z-186008', 'A/suivi.csv', 'suivi', '90012000700019', TIMESTAMPTZ '2019-05-24 02:00:00.000003+00', DATE '2019-05-24', '5f104b6b47cf52e5a48f3760ffff1748c400a325d855d8b8e5c5cc28ec4fc0bb', 'accepted', 1, 1, 0, 0, '65024:2187275:135:1795816970240193843:1795820567240461082', 'A', NULL);
INSERT INTO submissions VALUES (5, '20261127T230252Z-c3b9ea', 'A/apprenants 2.csv', 'apprenants', '90012000700019', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00', DATE '2019-05-26', '0f893e13a87b94981725d9d2f50402fed5b3f4025b4a705c2c549ce4b4d49e91', 'accepted', 3, 3, 0, 0, '65024:2187588:518:1795816972329125881:1795820572329267013', 'A', NULL);
INSERT INTO submissions VALUES (6, '20261127T230252Z-c3b9ea', 'A/sessions encore.csv', 'sessions', '90012000700019', TIMESTAMPTZ '2019-05-26 02:00:00.000001+00', DATE '2019-05-26', '94588f2e02f985fa3e81d8bd427f66647b51739fe5538a861494a34c14394f4f', 'duplicate', 0, 0, 0, 0, '65024:2187634:112:1795816973329125881:1795820572329360061', 'A', NULL);
INSERT INTO submissions VALUES (7, '20261127T230252Z-c3b9ea', 'A/noms.csv', NULL, NULL, TIMESTAMPTZ '2019-05-26 02:00:00.000002+00', DATE '2019-05-26', '80373228bc353813e279dbde88c4a5373eb0cbd1847022c9d71d30436fd998ff', 'refused', 0, 0, 0, 2, '65024:2187649:25:1795816974329125881:1795820572329437185', 'A', NULL);
INSERT INTO submissions VALUES (8, '20261127T230252Z-c3b9ea', 'B/depenses.csv', 'depenses', '90012000700019', TIMESTAMPTZ '2019-05-26 02:00:00.000003+00', DATE '2019-05-26', '3576b59330b1d37446a98b262ae73e2b5431d82bb934306105bb40f54d5e4393', 'held', 0, 0, 0, 0, '65024:2187681:95:1795816975329125881:1795820572329568721', 'B', NULL);

CREATE TABLE told(what VARCHAR NOT NULL, number BIGINT, "name" VARCHAR, message_id VARCHAR, told_at TIMESTAMP WITH TIME ZONE NOT NULL);
INSERT INTO told VALUES ('submission', 1, NULL, NULL, TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 2, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 3, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 4, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('finding', 1, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('cross_finding', 1, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('overdue', 1, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('overdue', 2, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('overdue', 3, NULL, '<2c07579009ec9cdd3c666766@suivi.invalid>', TIMESTAMPTZ '2019-05-24 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 5, NULL, '<a073ff41913edb800ed509d3@suivi.invalid>', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 6, NULL, '<a073ff41913edb800ed509d3@suivi.invalid>', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');
INSERT INTO told VALUES ('submission', 8, NULL, '<a073ff41913edb800ed509d3@suivi.invalid>', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');
INSERT INTO told VALUES ('finding', 4, NULL, '<a073ff41913edb800ed509d3@suivi.invalid>', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');
INSERT INTO told VALUES ('resolution', 1, NULL, '<a073ff41913edb800ed509d3@suivi.invalid>', TIMESTAMPTZ '2019-05-26 02:00:00.000000+00');
