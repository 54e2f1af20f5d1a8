-- In version 4 the table of what people have been notified of was called `told`.
alter table told rename to notified;
alter table notified rename column told_at to notified_at;
