"""`python -m gatewright`, the same as `gatewright`."""

from __future__ import annotations

from gatewright.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
