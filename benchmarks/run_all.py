"""All benchmarks one after the other, and a table of what came out, in Markdown.

    python -m benchmarks.run_all [NAME...]

Takes about five minutes, and wants a machine that does nothing else meanwhile.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("clip", "throughput", "counting", "long_track", "rescore", "rescan", "startup", "memory")


def main() -> None:
    """Run them and print the table."""
    with tempfile.TemporaryDirectory() as name:
        record = Path(name) / "figures.jsonl"
        record.touch()
        for benchmark in sys.argv[1:] or NAMES:
            command = [sys.executable, "-m", f"benchmarks.{benchmark}"]
            subprocess.run(command, env={**os.environ, "BENCHMARK_RECORD": str(record)}, check=True)
        figures = [json.loads(line) for line in record.read_text().splitlines()]
    print("\n| what | asked | found | met |\n|---|---|---|---|")
    for figure in figures:
        met = "yes" if figure["met"] else "**no**"
        print(f"| {figure['what']} | {figure['asked']} | {figure['found']} | {met} |")


if __name__ == "__main__":
    main()
