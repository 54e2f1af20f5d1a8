-- How many lines the query `lines` gives, and two sums of hashes of them. A sum needs no sorting, and unlike xor it does not
-- lose lines that are there twice.
select
    count(*) as lines,
    coalesce(sum(cast(md5_number_lower(written.line_of_row) as hugeint)), 0) as lower_sum,
    coalesce(sum(cast(md5_number_upper(written.line_of_row) as hugeint)), 0) as upper_sum
from ({lines}) as written
