"""Rendering an author's template in a process that may use little time and memory.

Takes source and plain values; gives text or a `TemplateError`. One worker process serves many
renderings; it is started when first needed and replaced when a template kills it. Its environment
holds no keys or tokens.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from gatewright.errors import TemplateError

__all__ = ["render_isolated"]

_WALL_SECONDS = 30.0
"""Far above the worker's limit of processor time, for a machine that is busy with other things."""

_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT", "LD_LIBRARY_PATH")


class _Worker:
    """A process running `gatewright.constitution.template_worker`, one JSON line per rendering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = os.getpid()
        atexit.register(self.stop)

    def ask(self, request: Mapping[str, Any]) -> dict[str, str] | None:
        """The worker's answer, or None when the request cost it its life.

        Raises:
            RuntimeError: the worker ended by itself, which no template can make it do.
        """
        with self._lock:
            process = self._running()
            timer = threading.Timer(_WALL_SECONDS, process.kill)
            timer.start()
            try:
                line = _exchanged(process, json.dumps(request))
                timed_out = timer.finished.is_set()
            except BaseException:
                # An answer that nobody waited for must not be taken for the next one's.
                self.stop()
                raise
            finally:
                timer.cancel()
            if line:
                answer: dict[str, str] = json.loads(line)
                return answer
            self.stop()
        if process.returncode > 0 and not timed_out:
            raise RuntimeError(f"the template worker ended with {process.returncode}")
        return None

    def stop(self) -> None:
        """End the worker, if this process started one."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)

    def _running(self) -> subprocess.Popen[str]:
        if (
            self._process is not None
            and self._owner == os.getpid()
            and self._process.poll() is None
        ):
            return self._process
        self.stop()
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gatewright.constitution.template_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        return self._process


def _exchanged(process: subprocess.Popen[str], line: str) -> str:
    """Send a line and give back the one that answers it; empty when the process ends instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    # A worker that is gone cannot be written to; its end is told by the reading.
    with suppress(BrokenPipeError):
        process.stdin.write(line + "\n")
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        process.wait()
    return answer if answer.endswith("\n") else ""


def _close(pipe: IO[str]) -> None:
    # What was not yet written has no reader any more.
    with suppress(BrokenPipeError):
        pipe.close()


_WORKER = _Worker()


def render_isolated(source: str, label: str, context: Mapping[str, Any]) -> str:
    """Check and render a template that is not ours.

    Raises:
        TemplateError: as `file:line: message`, for running out of time or memory too.
    """
    answer = _WORKER.ask({"source": source, "label": label, "context": dict(context)})
    if answer is None:
        raise TemplateError(f"{label}:1: took more than 2 seconds or too much memory; simplify it")
    if "error" in answer:
        raise TemplateError(answer["error"])
    return answer["text"]
