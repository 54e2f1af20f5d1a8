"""Where rows live: the archive, the private store, the published warehouse, the reference data."""
