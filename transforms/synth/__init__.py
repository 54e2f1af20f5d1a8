"""Synthetic returns of any size, with the truth beside them, and the content of the demo. No real organisation or person."""

from transforms.synth.truth import FileTruth, Truth
from transforms.synth.write import write

__all__ = ["FileTruth", "Truth", "write"]
