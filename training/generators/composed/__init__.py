"""The embedded offline generator: examples composed from a constitution's own words.

Knows nothing about models; reads no file.
"""

from gatewright.training.generators.composed.composing import Composed, open_generator

__all__ = ["Composed", "open_generator"]
