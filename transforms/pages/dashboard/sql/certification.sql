-- How the training of the programme's leavers ended, by quarter of leaving, all quarters together last
select
    certification.cohort,
    certification.leavers,
    certification.completed,
    certification.completion_rate,
    certification.dropped_out,
    certification.dropout_rate,
    certification.dropped_out_to_job,
    certification.presented,
    certification.certified,
    certification.certified_of_presented,
    certification.certified_of_leavers
from indicators.certification as certification
where certification.level = 'programme'
order by certification.cohort = 'all', certification.cohort
