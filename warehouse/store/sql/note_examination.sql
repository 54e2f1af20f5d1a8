-- That a night has looked across returns; the first time that it did counts.
insert into examinations
select $run_id, $at
where not exists (select 1 from examinations where examinations.run_id = $run_id)
