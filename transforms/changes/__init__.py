"""What changed in the indicators since an earlier release, and which files caused it."""
