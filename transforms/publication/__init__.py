"""Open figures: what anyone may read of the programme, so that nobody in it can be recognised."""
