-- How many leavers work in digital jobs, against the posts that the region does not fill: at most one row
select
    skills_gap.employed_digital,
    skills_gap.posts_low,
    skills_gap.posts_high,
    skills_gap.share_low,
    skills_gap.share_high
from indicators.skills_gap as skills_gap
