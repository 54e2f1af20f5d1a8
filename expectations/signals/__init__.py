"""What the steward is asked to look at: signs, in the whole history of the returns, that figures may have been polished."""
