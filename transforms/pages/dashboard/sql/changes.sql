-- What changed in the figures of the whole programme and of its calls since the earlier release
select
    changes.indicator,
    changes.level,
    changes.level_id,
    changes.horizon,
    changes.column_name,
    changes.before,
    changes.after,
    changes.cause
from quality.changes as changes
where changes.level in ('programme', 'call') and coalesce(changes.cohort, 'all') = 'all' and changes.difference <> 0
order by changes.indicator, changes.level_id, changes.horizon, changes.column_name
