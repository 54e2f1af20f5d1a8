"""The lake: what is in force as Parquet files, for engines that cannot read the store."""
