"""Hiding counts, so that nobody can be recognised in what is published: small ones, and what would give them away."""

from transforms.publication.suppression.protect import NotProtectable
from transforms.publication.suppression.start import Contradiction
from transforms.publication.suppression.suppress import Suppression, suppress

__all__ = ["Contradiction", "NotProtectable", "Suppression", "suppress"]
