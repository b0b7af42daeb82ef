"""Work in a process of its own: what it says counts, also when it ends early or a library prints."""

from pathlib import Path

import pytest

from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.services.heavy import run_heavy

LARGE = "x" * 5_000_000
"""More than a pipe holds."""

_CHATTY = """
import sys
from musicai.pipeline.child import answer, progress

def work(arguments, subject):
    sys.stdout.buffer.write(b'warning: caf\\xe9\\n3\\n{"loss": 1}\\n\\n')
    progress()(1, 1)
    print("bye")
    return len(subject)

status = answer(work)
print("[]")
sys.exit(status)
"""


def test_a_process_that_ends_before_it_read_all_says_why(tmp_path: Path) -> None:
    with pytest.raises(MusicAIError, match=r"No module named musicai\.absent"):
        run_heavy(Settings(home=tmp_path), "musicai.absent", subject=LARGE)


def test_what_a_library_prints_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chatty.py").write_text(_CHATTY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = []
    found = run_heavy(Settings(home=tmp_path), "chatty", subject=LARGE, report=lambda *n: done.append(n))
    assert (found, done) == (len(LARGE), [(1, 1)])
