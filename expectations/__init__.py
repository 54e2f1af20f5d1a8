"""What we expect of a return, and how we say so."""
