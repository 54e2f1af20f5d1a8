-- How many faults of which their sender was notified are settled, by kind of return, column and rule (see SettledUpdate)
--
-- A row that was sent wrong three times is settled once; two lines of one file that clashed with each other are two.
with
settled_lines_of_files as (
    select
        pending_settlements.sender_siret,
        pending_settlements.kind,
        pending_settlements.column_name,
        pending_settlements.rule,
        coalesce(
            pending_settlements.row_key, concat_ws(':', pending_settlements.submission_id, pending_settlements.line)
        ) as row_or_line,
        count(distinct coalesce(pending_settlements.line, 0)) as lines
    from pending_settlements
    where pending_settlements.is_new and not pending_settlements.is_held
    group by
        pending_settlements.sender_siret, pending_settlements.kind, pending_settlements.column_name, pending_settlements.rule,
        row_or_line, pending_settlements.submission_id
),
settled_rows as (
    select
        settled_lines_of_files.sender_siret,
        settled_lines_of_files.kind,
        settled_lines_of_files.column_name,
        settled_lines_of_files.rule,
        settled_lines_of_files.row_or_line,
        max(settled_lines_of_files.lines) as lines
    from settled_lines_of_files
    group by
        settled_lines_of_files.sender_siret, settled_lines_of_files.kind, settled_lines_of_files.column_name,
        settled_lines_of_files.rule, settled_lines_of_files.row_or_line
)
select
    settled_rows.sender_siret,
    settled_rows.kind,
    settled_rows.column_name,
    settled_rows.rule,
    cast(sum(settled_rows.lines) as bigint) as rows
from settled_rows
group by settled_rows.sender_siret, settled_rows.kind, settled_rows.column_name, settled_rows.rule
order by settled_rows.kind, settled_rows.rule, settled_rows.column_name
