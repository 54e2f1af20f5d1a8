create macro plain(cell) as trim(case when cell like '"%"' then cell[2:-2] else cell end);
create macro as_day(cell) as cast(try_strptime(plain(cell), ['%d/%m/%Y', '%Y-%m-%d', '%d-%m-%Y']) as date);
create macro as_amount(cell) as try_cast(replace(replace(plain(cell), ' ', ''), ',', '.') as decimal(14, 2));
create macro as_siret(cell) as regexp_extract(replace(plain(cell), ' ', ''), '^[0-9]{14}$');
