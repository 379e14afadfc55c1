"""Measure the library's gates: `python -m benchmarks --data FOLDER [--only NAME]`.

Results go to `benchmarks/results/NAME.json`; `--table` prints the README's table from them.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from benchmarks.measuring import measure_study
from benchmarks.studies import STUDIES
from benchmarks.table import RESULTS, table
from gatewright.artefacts import write_json
from gatewright.errors import GatewrightError


def main() -> int:
    """Run the studies asked for, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of public sets")
    parser.add_argument("--runs", type=Path, default=Path("runs/benchmarks"), help="run folders")
    parser.add_argument("--only", choices=[study.constitution for study in STUDIES])
    parser.add_argument("--table", action="store_true", help="print the table and measure nothing")
    asked = parser.parse_args()
    try:
        for study in () if asked.table else STUDIES:
            if asked.only in (None, study.constitution):
                found = measure_study(study, asked.data, asked.runs / study.constitution)
                found["machine"] = {"cores": os.cpu_count(), "python": platform.python_version()}
                write_json(RESULTS / f"{study.constitution}.json", found)
    except GatewrightError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
