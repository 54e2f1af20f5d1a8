-- The moment of the last thing that was found across returns, seen to be gone, or answered about a held file; NULL for none
select greatest(
    (select max(cross_findings.opened_at) from cross_findings),
    (select max(cross_resolutions.resolved_at) from cross_resolutions),
    (select max(held_answers.answered_at) from held_answers)
) as changed_at
