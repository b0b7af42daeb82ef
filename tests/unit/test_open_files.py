"""A pool process that leaks files notices early, and blames no track for it."""

import subprocess
import sys

LEAK = """
import os
from musicai.audio.regular_file import RegularFile
from musicai.errors import NodeFaultError
from worker.celery import SPARE_FILES, limit_open_files
limit_open_files()
opened = []
try:
    while True:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    assert SPARE_FILES <= len(opened) < SPARE_FILES + 16, len(opened)
try:
    RegularFile("/etc/passwd")
except NodeFaultError as err:
    print(err)
"""


def test_a_process_without_files_left_blames_no_track() -> None:
    done = subprocess.run([sys.executable, "-c", LEAK], capture_output=True, text=True, check=False)
    assert done.stdout == "no file can be opened: Too many open files\n", done.stderr
