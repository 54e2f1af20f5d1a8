-- Of the duplicates from `first` to `last`: name and moment of the last file with the same bytes of which anything was taken.
select duplicates.submission_id, taken.file_name, taken.received_at
from submissions as duplicates
join submissions as taken on taken.sha256 = duplicates.sha256 and taken.submission_id < duplicates.submission_id
where duplicates.submission_id between $first and $last
    and duplicates.decision = 'duplicate'
    and taken.decision in ('accepted', 'partial')
qualify row_number() over (partition by duplicates.submission_id order by taken.submission_id desc) = 1
