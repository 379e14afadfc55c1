"""What a gate may promise: calibrated scores, and thresholds with a certified rate of error.

Members are imported when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatewright.training.certification.binomial import (
        clopper_pearson_interval,
        clopper_pearson_upper,
        trials_needed,
    )
    from gatewright.training.certification.calibration import Calibration, calibrate_temperature
    from gatewright.training.certification.certifying import Certification, certify_gate
    from gatewright.training.certification.certifying_runs import CertifiedRun, certify_run
    from gatewright.training.certification.pools import Pool, benign_pool, certification_pools
    from gatewright.training.certification.reporting import report_metrics
    from gatewright.training.certification.thresholds import (
        Certified,
        certify_false_positives,
        certify_misses,
    )
    from gatewright.training.certification.wording import in_words

__all__ = [
    "Calibration",
    "Certification",
    "Certified",
    "CertifiedRun",
    "Pool",
    "benign_pool",
    "calibrate_temperature",
    "certification_pools",
    "certify_false_positives",
    "certify_gate",
    "certify_misses",
    "certify_run",
    "clopper_pearson_interval",
    "clopper_pearson_upper",
    "in_words",
    "report_metrics",
    "trials_needed",
]

_MODULES = {
    "Calibration": "calibration",
    "Certification": "certifying",
    "Certified": "thresholds",
    "CertifiedRun": "certifying_runs",
    "Pool": "pools",
    "benign_pool": "pools",
    "calibrate_temperature": "calibration",
    "certification_pools": "pools",
    "certify_false_positives": "thresholds",
    "certify_gate": "certifying",
    "certify_misses": "thresholds",
    "certify_run": "certifying_runs",
    "clopper_pearson_interval": "binomial",
    "clopper_pearson_upper": "binomial",
    "in_words": "wording",
    "report_metrics": "reporting",
    "trials_needed": "binomial",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(
            f"module 'gatewright.training.certification' has no attribute {name!r}"
        )
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
