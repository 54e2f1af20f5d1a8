-- Formulas that more than one model uses, once. Made anew for each build, as temporary macros: none is published.

-- a share as a number between 0 and 1, never rounded; NULL without a denominator
CREATE OR REPLACE TEMP MACRO rate(n, d) AS CASE WHEN d > 0 THEN CAST(n AS DOUBLE) / CAST(d AS DOUBLE) END;

-- Wilson's interval at 95 % for k out of n; held to [0, 1] and around k/n, which floating point may miss by a hair
CREATE OR REPLACE TEMP MACRO wilson_half_width(k, n) AS
    1.959963984540054e0 * sqrt(rate(k, n) * (1 - rate(k, n)) / n + 3.841458820694124e0 / (4e0 * n * n));
CREATE OR REPLACE TEMP MACRO wilson_low(k, n) AS CASE WHEN n > 0 THEN greatest(0e0, least(rate(k, n),
    (rate(k, n) + 3.841458820694124e0 / (2e0 * n) - wilson_half_width(k, n)) / (1 + 3.841458820694124e0 / n))) END;
CREATE OR REPLACE TEMP MACRO wilson_high(k, n) AS CASE WHEN n > 0 THEN least(1e0, greatest(rate(k, n),
    (rate(k, n) + 3.841458820694124e0 / (2e0 * n) + wilson_half_width(k, n)) / (1 + 3.841458820694124e0 / n))) END;

-- a sum of counts, 0 where there is nothing to add
CREATE OR REPLACE TEMP MACRO total(n) AS CAST(coalesce(sum(n), 0) AS BIGINT);

-- a sum of amounts, wide enough for whatever the returns hold
CREATE OR REPLACE TEMP MACRO total_eur(amount) AS CAST(coalesce(sum(amount), 0) AS DECIMAL(24, 2));

-- an amount as it is published; NULL where absurd amounts add up to more than the type holds, so that the night goes on
CREATE OR REPLACE TEMP MACRO money(amount) AS TRY_CAST(amount AS DECIMAL(14, 2));

-- numerator/denominator of an amount, rounded down to the cent (also below zero), in whole numbers all the way
CREATE OR REPLACE TEMP MACRO floor_div(n, d) AS (n - ((n % d) + d) % d) // d;
CREATE OR REPLACE TEMP MACRO share_rounded_down(amount, numerator, denominator) AS CAST(
    CAST(floor_div(CAST(CAST(amount AS DECIMAL(24, 2)) * 100 AS HUGEINT) * numerator, denominator) AS DECIMAL(30, 0)) * 0.01 AS DECIMAL(24, 2));

-- calendar: 2026-Q1; months counted from year 0, and back to the month's first day
CREATE OR REPLACE TEMP MACRO quarter_of(day) AS CAST(year(day) AS VARCHAR) || '-Q' || CAST(quarter(day) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO month_number(day) AS year(day) * 12 + month(day) - 1;
CREATE OR REPLACE TEMP MACRO first_of_month(number) AS
    make_date(CAST(number AS INTEGER) // 12, CAST(number AS INTEGER) % 12 + 1, 1);
