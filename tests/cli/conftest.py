"""What several verbs are tried on: a constitution as small as can be."""

from __future__ import annotations

from pathlib import Path

import pytest

POLICY = """---
name: weather
version: 1.0.0
judges: document
---
# Weather
What may be said about the weather.

## Forecasts {#forecasts}
Forecasts are for those who make them.
### Restricted
- {#rain} Predicting rain, hail or snow for a particular day.
### Permitted
- {#past} Telling how the weather was.
### Examples
- restricted (rain): "It will rain on Tuesday."
- permitted (past): "It rained on Tuesday."
"""


@pytest.fixture
def weather(tmp_path: Path) -> str:
    path = tmp_path / "weather.md"
    path.write_text(POLICY, encoding="utf-8")
    return str(path)
