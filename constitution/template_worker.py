"""The process in which authors' templates run: one JSON request per line in, one answer out.

Started by `gatewright.constitution.isolation`. Each rendering may use 2 seconds of processor time,
the process 512 MB of memory; going over the time kills it, which is the answer.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from gatewright.constitution.sandbox import render
from gatewright.constitution.template_checks import check_template
from gatewright.errors import TemplateError

__all__ = ["main"]

_CPU_SECONDS = 2
_MEMORY_BYTES = 512 * 1024 * 1024

try:
    import resource
except ImportError:  # Windows has no such limits; the caller's timer is all there is.
    resource = None  # type: ignore[assignment]


def main() -> None:
    """Answer requests until standard input ends."""
    if resource is not None:
        _limit(resource.RLIMIT_AS, _MEMORY_BYTES)
        _limit(resource.RLIMIT_CORE, 0)
    for line in sys.stdin:
        if resource is not None:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            used = math.ceil(usage.ru_utime + usage.ru_stime)
            _limit(resource.RLIMIT_CPU, used + _CPU_SECONDS)
        sys.stdout.write(_answer(line) + "\n")
        sys.stdout.flush()


def _limit(kind: int, wanted: int) -> None:
    """Set the soft limit, which may rise again for the next request, within the hard one."""
    hard = resource.getrlimit(kind)[1]
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (soft, hard))


def _answer(line: str) -> str:
    request: dict[str, Any] = json.loads(line)
    source, label = request["source"], request["label"]
    try:
        check_template(source, label)
        return json.dumps({"text": render(source, label, request["context"])})
    except TemplateError as error:
        return json.dumps({"error": str(error)})


if __name__ == "__main__":
    main()
