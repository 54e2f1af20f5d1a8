-- One file for each partition that is wanted, with the rows that came after a submission.
copy (
    with wanted_partitions as (select unnest({partitions}) as wanted)
    select {columns}
    from rows_of_lake as r
    join wanted_partitions as w on w.wanted.path = r.partition_ and r.arrived_ > w.wanted.after
    order by r.partition_, r.submission_id, r.line
) to {folder} (
    format parquet, compression zstd, partition_by ({keys}), write_partition_columns {writes_keys},
    append true, filename_pattern '{uuidv7}', return_stats true
)
