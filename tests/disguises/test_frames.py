"""Frames fit both verdicts: many of them, of every length, without a word that leans."""

from __future__ import annotations

import re

import pytest

from gatewright.training.disguises.framing import HYPOTHETICALS, ROLE_PLAYS

# fmt: off
SUBJECTS = (
    "abus", "assault", "attack", "bomb", "cheat", "crim", "danger", "drug", "explicit",
    "exploit", "fraud", "gun", "hack", "harass", "harm", "hate", "hurt", "illegal", "illicit",
    "inject", "kill", "malicious", "malware", "murder", "naked", "poison", "porn", "racis",
    "scam", "sex", "slur", "steal", "stole", "suicid", "terror", "threat", "toxic", "victim",
    "violen", "virus", "weapon",
)
"""What restricted texts are about."""
DODGES = (
    "anything", "assistant", "banned", "bypass", "censor", "chatbot", "confess", "disable",
    "disclaimer", "evil", "filter", "forbid", "forget", "ignore", "instruct", "jailbreak",
    "limit", "loophole", "model", "moral", "mode", "must", "never", "obey", "override",
    "password", "policy", "pretend", "prompt", "restrict", "rule", "secret", "system", "unlock",
    "without",
)
"""How people try to get them through."""
EXCUSES = (
    "afraid", "allow", "apolog", "appropriate", "benign", "cannot", "consent", "educat",
    "ethic", "guideline", "harmless", "help", "innocent", "lawful", "legal", "legitim",
    "permit", "please", "protect", "refus", "research", "respect", "responsib", "safe", "sorry",
    "thank", "unable",
)
"""How permitted texts explain themselves, and answers that refuse."""
# fmt: on
PHRASES = ("from now", "no rules", "you are", "you're", "act as", "stay in character")


@pytest.mark.parametrize("frames", [ROLE_PLAYS, HYPOTHETICALS], ids=["role play", "hypothetical"])
def test_there_are_many_frames_of_every_length(frames: tuple[str, ...]) -> None:
    assert len(set(frames)) == len(frames) >= 12
    assert all(frame.count("{}") == 1 for frame in frames)
    lengths = [len(frame.split()) for frame in frames]
    assert min(lengths) < 5
    assert max(lengths) > 25


@pytest.mark.parametrize("frame", ROLE_PLAYS + HYPOTHETICALS)
def test_no_frame_leans_to_a_verdict(frame: str) -> None:
    words = re.findall(r"[a-z']+", frame.lower())
    leaning = [word for word in words if word.startswith(SUBJECTS + DODGES + EXCUSES)]
    assert not leaning
    assert not [phrase for phrase in PHRASES if phrase in frame.lower()]
