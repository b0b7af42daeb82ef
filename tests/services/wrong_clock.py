"""A node whose clock is wrong."""

import shutil
import subprocess
from pathlib import Path

from tests.services import absent


class WrongClock:
    """The clock of a node: `environ` makes processes read it."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or absent("needs a C compiler, `cc` on the PATH")
        library, self._offset = folder / "wrong_clock.so", folder / "clock"
        source = Path(__file__).with_name("wrong_clock.c")
        subprocess.run([str(compiler), "-shared", "-fPIC", "-o", library, source], check=True)
        self.environ = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._offset)}
        self.set(0)

    def set(self, seconds: int) -> None:
        """Let it differ from the right time by so much."""
        self._offset.write_text(str(seconds))
