"""A folder of music in, a genre catalogue out."""

import csv
import io
import json
import os
import shutil
import signal
from pathlib import Path

import soundfile

from musicai.services import jobs
from tests.acceptance.product import Product, assert_classified_once, settled
from tests.acceptance.synth import RATE, clip, write_library
from tests.waiting import PATIENCE_S, until


def test_a_folder_becomes_a_catalogue(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 12)
    (library / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0 not music")
    (library / "album 00" / "broken.mp3").write_text("this is a text, whatever its name says\n" * 40)
    (library / "album 00" / "empty.wav").touch()

    job = product.json("enqueue", library)
    assert (job["state"], job["total"], job["done"], job["failed"]) == ("done", 14, 12, 2)
    assert job["total"] == sum(job[k] for k in ("done", "failed", "skipped", "cancelled", "pending"))
    assert job["errors"] == {"empty": 1, "not_audio": 1}
    assert_classified_once(product, job["id"], done=12, failed=2)

    rows = product.json("query")
    assert len(rows) == 14
    assert {"library", "path", "genre", "confidence", "model", "state"} <= set(rows[0])
    classified = [row for row in rows if row["state"] in ("classified", "unknown")]
    assert len(classified) == 12
    assert all(0 < row["confidence"] <= 1 for row in classified)

    lines = [json.loads(line) for line in product.run("query", "--format", "jsonl").stdout.splitlines()]
    table = list(csv.DictReader(io.StringIO(product.run("query", "--format", "csv").stdout)))
    assert (
        [line["path"] for line in lines] == [row["path"] for row in rows] == [row["path"] for row in table]
    )

    shown = product.json("show", library / classified[0]["path"])
    assert shown["genre"] == classified[0]["genre"]
    assert abs(sum(shown["scores"].values()) - 1) < 0.1
    assert len(shown["excerpts"]) == 1
    assert {row["error"] for row in product.json("query", "failed")} == {"empty", "not_audio"}


def test_what_is_known_is_not_touched_again(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    first, second, third, *_ = write_library(library, 6)
    product.run("enqueue", library)
    before = {row["path"]: row for row in product.json("query")}

    again = product.json("enqueue", library)
    assert (again["skipped"], again["done"], again["total"]) == (6, 0, 6)

    first.rename(library / "renamed.flac")
    second.unlink()
    soundfile.write(third, clip(999), RATE)
    job = product.json("enqueue", library)
    assert (job["total"], job["skipped"], job["done"]) == (5, 4, 1)

    now = {row["path"]: row for row in product.json("query")}
    was = before[str(first.relative_to(library))]
    assert now["renamed.flac"]["confidence"] == was["confidence"]
    assert str(first.relative_to(library)) not in now
    gone = product.json("query", "missing")
    assert [row["path"] for row in gone] == [str(second.relative_to(library))]
    name = str(third.relative_to(library))
    assert now[name]["confidence"] != before[name]["confidence"]


def test_names_that_no_encoding_knows(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    library.mkdir()
    names = [b"\xff\xfe.flac", b"new\nline.flac", b"n" * 250 + b".flac", "naïve ☃.flac".encode()]
    source = tmp_path / "source.flac"
    soundfile.write(source, clip(1), RATE)
    for name in names:
        shutil.copy(source, library / os.fsdecode(name))
    os.mkfifo(library / "fifo.flac")
    (library / "loop").symlink_to(library)
    job = product.json("enqueue", library)
    assert (job["state"], job["done"], job["failed"]) == ("done", 4, 0)
    shown = product.json("show", library / os.fsdecode(names[0]))
    assert shown["state"] in ("classified", "unknown")


def test_ctrl_c_leaves_a_job_that_resume_carries_on(
    product: Product, slow: dict[str, str], hundreds: Path
) -> None:
    product.run("db", "upgrade")
    enqueue = product.with_settings(**slow).start("enqueue", hundreds)
    until(lambda: settled(product, 20), "twenty tracks")
    enqueue.send_signal(signal.SIGINT)
    _, err = enqueue.communicate(timeout=PATIENCE_S)
    assert enqueue.returncode == 130
    assert "musicai jobs resume 1" in err
    job = product.json("jobs", "show", "1")
    assert job["state"] == "paused"
    assert 0 < job["pending"] < 300
    assert product.json("jobs", "resume", "1")["state"] == "done"
    assert_classified_once(product, 1, done=300)


def test_cancel_stops_within_a_handful(product: Product, slow: dict[str, str], hundreds: Path) -> None:
    product.run("db", "upgrade")
    enqueue = product.with_settings(**slow).start("enqueue", hundreds, "--json")
    until(lambda: settled(product, 10), "ten tracks")
    # the process of a command comes up in the time in which a quick machine does the rest
    engine = product.engine()
    jobs.cancel(engine, 1)
    engine.dispose()
    out, _ = enqueue.communicate(timeout=PATIENCE_S)
    job = json.loads(out)
    assert job["state"] == "cancelled"
    assert job["cancelled"] > 0
    assert job["total"] == sum(job[k] for k in ("done", "failed", "skipped", "cancelled", "pending"))
