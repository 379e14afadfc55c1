"""The verb `train`: curated examples become a gate without thresholds.

Its arguments are those of `python -m gatewright.training.fine_tuning`, which launchers start.
"""

from __future__ import annotations

from gatewright.training.fine_tuning.command import command

__all__ = ["command"]
