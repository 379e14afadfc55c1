"""The openai generator: any OpenAI-compatible chat endpoint, hosted or on this machine.

    requests ─▶ workers ─▶ pace ─▶ purse ─▶ one call ─▶ retried, given up, or a reply

Takes a model's name, an address and limits; gives each reply as soon as it is there. Knows nothing
about plans, the journal or how a reply's text is read. The SDK is imported with the first call.
"""

from gatewright.training.generators.openai_compatible.generator import (
    OpenAICompatible,
    open_generator,
)
from gatewright.training.generators.openai_compatible.spending import Estimate, estimate

__all__ = ["Estimate", "OpenAICompatible", "estimate", "open_generator"]
