-- Formulas that more than one model uses, once. Made anew for each build, as temporary macros: none is published.

-- a share as a number between 0 and 1, never rounded; NULL without a denominator
create or replace temp macro rate(n, d) as case when d > 0 then cast(n as double) / cast(d as double) end;

-- Wilson's interval at 95 % for k out of n; held to [0, 1] and around k/n, which floating point may miss by a hair
create or replace temp macro wilson_half_width(k, n) as
    1.959963984540054e0 * sqrt(rate(k, n) * (1 - rate(k, n)) / n + 3.841458820694124e0 / (4e0 * n * n));
create or replace temp macro wilson_low(k, n) as case when n > 0 then greatest(0e0, least(rate(k, n),
    (rate(k, n) + 3.841458820694124e0 / (2e0 * n) - wilson_half_width(k, n)) / (1 + 3.841458820694124e0 / n))) end;
create or replace temp macro wilson_high(k, n) as case when n > 0 then least(1e0, greatest(rate(k, n),
    (rate(k, n) + 3.841458820694124e0 / (2e0 * n) + wilson_half_width(k, n)) / (1 + 3.841458820694124e0 / n))) end;

-- whether a share is 0 or 1, but for the hair by which the sums that it is made of may differ
create or replace temp macro is_none(s) as s < 1e-12;
create or replace temp macro is_all(s) as s > 1 - 1e-12;

-- how many draws by equal chances a weighted share s is worth, of the sums of all weights and of their squares, and of those
-- squares that are of the share: by the weights, or by what they make the variance, if that is less
create or replace temp macro worth(s, weight, square, square_of_share) as least(
    weight * weight / square,
    case when not is_none(s) and not is_all(s)
        then s * (1 - s) * weight * weight / (square_of_share * (1 - 2 * s) + s * s * square) end);

-- a sum of counts, 0 where there is nothing to add
create or replace temp macro total(n) as cast(coalesce(sum(n), 0) as bigint);
create or replace temp macro total_where(n, condition) as total(case when condition then n end);

-- a sum of amounts, wide enough for whatever the returns hold
create or replace temp macro total_eur(amount) as cast(coalesce(sum(amount), 0) as decimal(24, 2));

-- an amount as it is published; NULL where absurd amounts add up to more than the type holds, so that the night goes on
create or replace temp macro money(amount) as try_cast(amount as decimal(14, 2));

-- how far expenses can be trusted: those that never came are no cost of 0
create or replace temp macro expenses_state(justified, lack) as case
    when justified = 0 then 'nothing_justified' when lack then 'incomplete' else 'complete' end;

-- numerator/denominator of an amount, rounded down to the cent (also below zero), in whole numbers all the way: those of 64 bits
-- hold every amount up to the one at which absurd ones are stopped
create or replace temp macro cents(amount) as
    cast(cast(least(greatest(amount, -1000000000000000), 1000000000000000) as decimal(24, 2)) * 100 as bigint);
create or replace temp macro floor_mod(n, d) as ((n % d) + d) % d;
create or replace temp macro floor_div(n, d) as (n - floor_mod(n, d)) // d;
create or replace temp macro share_rounded_down(amount, numerator, denominator) as cast(
    cast(
        floor_div(cents(amount), denominator) * numerator + floor_mod(cents(amount), denominator) * numerator // denominator
        as decimal(20, 0)
    ) * 0.01 as decimal(24, 2));

-- calendar: 2026-Q1; months counted from year 0, and back to the month's first day
create or replace temp macro quarter_of(day) as cast(year(day) as varchar) || '-Q' || cast(quarter(day) as varchar);
create or replace temp macro month_number(day) as year(day) * 12 + month(day) - 1;
create or replace temp macro first_of_month(number) as
    make_date(cast(number as integer) // 12, cast(number as integer) % 12 + 1, 1);
