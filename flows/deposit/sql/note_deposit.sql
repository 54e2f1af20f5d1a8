-- Note a file that was deposited, and give the number under which it is acknowledged
insert into deposits (siret, file_name, original_name, size, sha256, deposited_at)
values (:siret, :file_name, :original_name, :size, :sha256, :deposited_at)
returning number
