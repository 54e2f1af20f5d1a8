"""Open figures: releases in the folder `open/` of a home, made by hand and never changed."""
