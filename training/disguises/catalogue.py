"""The transforms to draw from: every single one, and some that people put together.

Data only. To leave a family out: `[each for each in ALL if each.family != "encoding"]`.
"""

from __future__ import annotations

from gatewright.training.disguises.encoding import BASE64, ENCODINGS, ROT13
from gatewright.training.disguises.framing import HYPOTHETICAL, ROLE_PLAY
from gatewright.training.disguises.obfuscation import LEET, OBFUSCATIONS, TYPOS, ZERO_WIDTH
from gatewright.training.disguises.padding import AFTER, AROUND, BEFORE, BURIED, PADDINGS
from gatewright.training.disguises.splitting import NUMBERED_PARTS, SPLITTINGS, VARIABLES
from gatewright.training.disguises.transforms import Transform, compose

__all__ = ["ALL"]

_COMPOUNDS = (
    compose(BASE64, AROUND),
    compose(ROT13, ROLE_PLAY),
    compose(NUMBERED_PARTS, HYPOTHETICAL),
    compose(HYPOTHETICAL, LEET),
    compose(TYPOS, ROLE_PLAY, BEFORE),
    compose(ROLE_PLAY, BURIED),
    compose(AROUND, ZERO_WIDTH),
    compose(VARIABLES, AFTER),
)

ALL: tuple[Transform, ...] = (
    ROLE_PLAY,
    HYPOTHETICAL,
    *ENCODINGS,
    *SPLITTINGS,
    *OBFUSCATIONS,
    *PADDINGS,
    *_COMPOUNDS,
)
"""All transforms, of every family; no two of one name."""
