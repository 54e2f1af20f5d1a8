"""When things happen: the only package that knows Prefect, the settings and the command line."""
