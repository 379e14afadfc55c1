"""The local generator: a language model of `transformers`, in this process, held to JSON.

    requests ─▶ chat (messages to tokens) ─▶ answering (batches) ─▶ sampling (JSON only) ─▶ replies

Knows nothing about journals or how replies are read; imports no torch until it is opened.
"""

from gatewright.training.generators.local.answering import Local, open_generator

__all__ = ["Local", "open_generator"]
