-- The sessions that were over before the day $cutoff and of which learners are kept: the last day of which anything is known of
-- each, and how many learners.
--
-- Known of a session are its dates, entries, exits and answers as they are in force, and the reception of the last file that
-- names it. A year that was mistyped once, or announced and put right since, neither ends it nor keeps it.
--
-- Keys are coalesced because DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout.
with
    days_in_force as (
        select
            rows_sessions.provider_siret, rows_sessions.session_id,
            greatest(rows_sessions.starts_on, rows_sessions.ends_on) as on_day
        from rows_sessions
        anti join closings
            on closings.kind = 'sessions'
            and closings.submission_id = rows_sessions.submission_id
            and closings.line = rows_sessions.line
        union all
        select rows_learners.provider_siret, rows_learners.session_id, greatest(rows_learners.entered_on, rows_learners.left_on)
        from rows_learners
        anti join closings
            on closings.kind = 'apprenants'
            and closings.submission_id = rows_learners.submission_id
            and closings.line = rows_learners.line
        union all
        select rows_followups.provider_siret, rows_followups.session_id, rows_followups.observed_on
        from rows_followups
        anti join closings
            on closings.kind = 'suivi'
            and closings.submission_id = rows_followups.submission_id
            and closings.line = rows_followups.line
    ),
    sessions_named_by_files as (
        select rows_sessions.provider_siret, rows_sessions.session_id, rows_sessions.submission_id from rows_sessions
        union all
        select rows_learners.provider_siret, rows_learners.session_id, rows_learners.submission_id from rows_learners
        union all
        select rows_followups.provider_siret, rows_followups.session_id, rows_followups.submission_id from rows_followups
        union all
        select
            split_part(coalesce(quarantined_rows.row_key, ''), chr(31), 1),
            split_part(coalesce(quarantined_rows.row_key, ''), chr(31), 2),
            quarantined_rows.submission_id
        from quarantined_rows
        union all
        select
            split_part(coalesce(erased_scopes.scope, ''), chr(31), 1),
            split_part(coalesce(erased_scopes.scope, ''), chr(31), 2),
            erased_scopes.submission_id
        from erased_scopes
    ),
    days_of_reception as (
        select sessions_named_by_files.provider_siret, sessions_named_by_files.session_id, submissions.received_on as on_day
        from sessions_named_by_files
        join submissions on submissions.submission_id = sessions_named_by_files.submission_id
        where submissions.kind in ('sessions', 'apprenants', 'suivi')
    ),
    last_days as (
        select days_known.provider_siret, days_known.session_id, max(days_known.on_day) as on_day
        from (
            select provider_siret, session_id, on_day from days_in_force
            union all
            select provider_siret, session_id, on_day from days_of_reception
        ) as days_known
        group by days_known.provider_siret, days_known.session_id
    ),
    learners_kept as (
        select learners.provider_siret, learners.session_id, count(distinct learners.learner_ref) as learners
        from (
            select provider_siret, session_id, learner_ref from rows_learners
            union all
            select provider_siret, session_id, learner_ref from rows_followups
        ) as learners
        group by learners.provider_siret, learners.session_id
    )
select learners_kept.provider_siret, learners_kept.session_id, last_days.on_day, learners_kept.learners
from learners_kept
join last_days on last_days.provider_siret = learners_kept.provider_siret and last_days.session_id = learners_kept.session_id
where last_days.on_day < $cutoff
order by learners_kept.provider_siret, learners_kept.session_id
