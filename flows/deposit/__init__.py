"""The deposit page: files checked by anyone, deposited by providers, answered by the Region's staff; no JavaScript anywhere."""
