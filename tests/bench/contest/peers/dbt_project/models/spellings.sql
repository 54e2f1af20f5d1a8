from read_csv('{{ var("spellings") }}', header = true, all_varchar = true, delim = ',')
