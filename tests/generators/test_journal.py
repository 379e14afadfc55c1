"""The journal: what is in it stays in it, and what is not a journal is never overwritten."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gatewright.errors import EnvironmentProblem, InputError, LockedError
from gatewright.training.generators import Asked, Journal, Reply
from gatewright.training.slots import Slot

SLOT = Slot("a/b", "restricted", "plain", {"tone": "dry"}, 0, 3)
Replies = Callable[..., Reply]


def fill(path: Path, asked: Callable[..., Asked], reply: Replies, number: int) -> None:
    with Journal(path) as journal:
        for index in range(number):
            journal.add(
                asked(SLOT, f"r{index}"), reply(SLOT, f"text {index}"), generator="g", model="m"
            )


def texts(path: Path) -> list[str]:
    with Journal(path) as journal:
        answers = journal.answers(generator="g", model="m").values()
        return [answer.reply.text for answer in answers]


def test_what_was_added_is_there_word_for_word(
    tmp_path: Path, asked: Callable[..., Asked], reply: Replies
) -> None:
    answer = reply(SLOT, 'é \0 \ud800 "quoted"\n')
    with Journal(tmp_path / "new" / "r.sqlite") as journal:
        assert journal.add(asked(SLOT), answer, generator="g", model="m")
    with Journal(tmp_path / "new" / "r.sqlite") as journal:
        (found,) = journal.answers(generator="g", model="m").values()
    assert found.asked == asked(SLOT)
    assert found.reply == answer


def test_a_second_reply_to_one_request_is_not_kept(
    journal: Journal, asked: Callable[..., Asked], reply: Replies
) -> None:
    assert journal.add(asked(SLOT), reply(SLOT, "first"), generator="g", model="m")
    assert not journal.add(asked(SLOT), reply(SLOT, "second"), generator="g", model="m")
    (found,) = journal.answers(generator="g", model="m").values()
    assert found.reply.text == "first"


def test_what_is_added_together_is_there_even_when_it_ends_early(
    tmp_path: Path, asked: Callable[..., Asked], reply: Replies, slots: list[Slot]
) -> None:
    path = tmp_path / "replies.sqlite"
    with Journal(path) as journal, Journal(path) as other:
        with suppress(KeyError), journal.together():
            for slot in slots[:2]:
                journal.add(asked(slot), reply(slot, slot.id), generator="g", model="m")
            assert not other.answers(generator="g", model="m")
            raise KeyError
        assert len(other.answers(generator="g", model="m")) == 2


def test_generators_models_and_samples_are_told_apart(
    journal: Journal, asked: Callable[..., Asked], reply: Replies
) -> None:
    for generator, model, sample in (("g", "m", 0), ("g", "m", 1), ("g", "n", 0), ("h", "m", 0)):
        answer = reply(SLOT, f"{generator}{model}{sample}")
        assert journal.add(asked(SLOT), answer, generator=generator, model=model, sample=sample)
    (found,) = journal.answers(generator="g", model="m").values()
    assert found.reply.text == "gm0"


def test_expectations_keep_their_order_and_the_latest_wording(
    journal: Journal, asked: Callable[..., Asked]
) -> None:
    other = Slot("a/b", "restricted", "plain", {}, 1, 3)
    journal.expect([asked(SLOT, "old"), asked(other, "old")])
    journal.expect([asked(SLOT, "new")])
    assert [each.request for each in journal.expected()] == [f"new-{SLOT.id}", f"old-{other.id}"]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"\0" * 5000, b"{}\n"])
def test_a_file_that_is_no_database_is_moved_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.sqlite"
    for number in (1, 2):
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING), Journal(path) as journal:
            assert not journal.answers(generator="g", model="m")
        assert (tmp_path / f"r.sqlite.corrupt-{number}").read_bytes() == content
        assert f"r.sqlite.corrupt-{number}" in caplog.text


def test_somebody_elses_database_is_moved_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE replies (theirs TEXT)")
    connection.commit()
    connection.close()
    with Journal(path):
        pass
    theirs = sqlite3.connect(tmp_path / "r.sqlite.corrupt-1")
    assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("replies",)]
    theirs.close()
    assert "no reply journal" in caplog.text


def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "r.sqlite").touch()
    with Journal(tmp_path / "r.sqlite") as journal:
        assert journal.expected() == []
    assert not list(tmp_path.glob("*.corrupt-*"))


def test_a_journal_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    Journal(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="another version of Gatewright"):
        Journal(path)
    assert path.exists()


def test_damage_anywhere_is_noticed(
    tmp_path: Path, asked: Callable[..., Asked], reply: Replies, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.sqlite"
    fill(path, asked, reply, 40)
    sound = path.read_bytes()
    whole = {f"text {index}" for index in range(40)}
    for place in range(0, len(sound), len(sound) // 60):
        caplog.clear()
        damaged = bytearray(sound)
        damaged[place] ^= 0x41
        path.write_bytes(damaged)
        found = set(texts(path))
        assert found <= whole
        assert found == whole or caplog.text


def test_a_torn_file_is_moved_aside_or_read_as_far_as_it_is_sound(
    tmp_path: Path, asked: Callable[..., Asked], reply: Replies, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.sqlite"
    fill(path, asked, reply, 40)
    sound = path.read_bytes()
    path.write_bytes(sound[: len(sound) // 2])
    assert texts(path) == []
    assert (tmp_path / "r.sqlite.corrupt-1").exists()
    assert "corrupt-1" in caplog.text


def test_a_reply_that_changed_on_disk_is_asked_for_again(
    tmp_path: Path, asked: Callable[..., Asked], reply: Replies, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.sqlite"
    fill(path, asked, reply, 3)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE replies SET reply = replace(reply, 'text 1', 'text 9')")
    connection.commit()
    connection.close()
    assert texts(path) == ["text 0", "text 2"]
    assert "damaged reply" in caplog.text
    with Journal(path) as journal:
        assert journal.add(asked(SLOT, "r1"), reply(SLOT, "text 1"), generator="g", model="m")


def test_another_writer_is_waited_for_and_then_named(
    tmp_path: Path,
    asked: Callable[..., Asked],
    reply: Replies,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "r.sqlite"
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **options: real(path, isolation_level=None, timeout=0)
    )
    with Journal(path) as journal:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match="another process"):
            journal.add(asked(SLOT), reply(SLOT, "x"), generator="g", model="m")
        other.execute("ROLLBACK")
        other.close()
        assert journal.add(asked(SLOT), reply(SLOT, "x"), generator="g", model="m")


def test_a_folder_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be"):
        Journal(tmp_path / "file" / "r.sqlite")
    with pytest.raises(EnvironmentProblem, match="cannot be"):
        Journal(tmp_path)


def test_a_full_disk_costs_no_reply_that_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    script = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from gatewright.errors import EnvironmentProblem
        from gatewright.training.generators import Asked, Journal, Reply
        from gatewright.training.slots import Slot

        slot = Slot("a/b", "restricted", "plain", {}, 0, 3)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        taken = 0
        try:
            with Journal(Path(sys.argv[1])) as journal:
                for number in range(1000):
                    asked = Asked("s", "writer", f"r{number}", "", "", "")
                    journal.add(asked, Reply(slot.id, "x" * 5000, None, "m", "g"),
                                generator="g", model="m")
                    taken += 1
        except EnvironmentProblem as problem:
            print(taken, problem)
        """
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    taken, _, message = result.stdout.partition(" ")
    assert 5 < int(taken) < 1000
    assert "free some space" in message
    assert len(texts(path)) == int(taken)
