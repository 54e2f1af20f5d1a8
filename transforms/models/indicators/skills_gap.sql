-- what: Leavers in digital jobs against the digital posts that stay unfilled in the region
-- grain: the region, one row
-- key: employed_digital
-- unit: learners, posts; shares of the posts
-- excludes: leavers who are not mature at M6, not employed, or whose job is not known to be digital
-- source: work.session_exits, reference.unfilled_posts, work.reference_date
-- definition: Employed = durable or other employment at M6. The posts are a range, in force at the reference date, and always
--     shown as one.
-- proves: share_low <= share_high
-- columns:
--     employed_digital: mature leavers employed in a digital job at M6
--     posts_low: lower end of the range of unfilled posts
--     posts_high: upper end of the range of unfilled posts
--     share_low: employed_digital / posts_high
--     share_high: employed_digital / posts_low
with digital_jobs as (
    select total(x.employed_digital) as employed_digital
    from work.session_exits as x
    where x.horizon = 'M6'
)

select
    j.employed_digital,
    p.posts_low,
    p.posts_high,
    rate(j.employed_digital, p.posts_high) as share_low,
    rate(j.employed_digital, p.posts_low) as share_high
from digital_jobs as j
cross join work.reference_date as d
join reference.unfilled_posts as p on p.valid_from <= d.as_of and (p.valid_to is null or d.as_of < p.valid_to)
