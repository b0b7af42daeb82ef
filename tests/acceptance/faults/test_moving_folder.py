"""A folder that changes while it is read and listened to."""

import os
import random
import shutil
from pathlib import Path
from threading import Event, Thread

from musicai.catalogue import ledger
from musicai.catalogue.session import reading
from musicai.services import jobs
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library

# what such a file is, at the moment when it is heard
OF_THE_MOMENT = {"vanished", "changed", "truncated", "empty", "not_audio", "too_short", "corrupt"}


class Tenant:
    """Somebody who tidies up a library as long as others read it."""

    def __init__(self, library: Path) -> None:
        self._library, self._chance, self._number = library, random.Random(5), 0
        self._stop = Event()
        self._thread = Thread(target=self._live)

    def __enter__(self) -> "Tenant":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        often, seldom = (self._rename, self._move, self._copy), (Path.unlink, self._cut, self._make_folder)
        deeds = (*often, *often, *seldom)
        while not self._stop.wait(0.03):
            files = [path for path in self._library.rglob("*.flac") if path.is_file()]
            if len(files) > 50:
                self._chance.choice(deeds)(self._chance.choice(files))

    def _new(self, folder: Path) -> Path:
        self._number += 1
        return folder / f"new {self._number}.flac"

    def _rename(self, file: Path) -> None:
        file.rename(self._new(file.parent))

    def _move(self, file: Path) -> None:
        folder = self._library / f"folder {self._chance.randrange(9)}"
        folder.mkdir(exist_ok=True)
        file.rename(folder / file.name)

    def _copy(self, file: Path) -> None:
        shutil.copyfile(file, self._new(file.parent))

    def _cut(self, file: Path) -> None:
        os.truncate(file, file.stat().st_size // 2)

    def _make_folder(self, file: Path) -> None:
        file.unlink()
        file.mkdir()


def balanced(product: Product, job_id: int) -> None:
    """Assert that a job ended, and that its counts are those of its items."""
    engine = product.engine()
    view = jobs.read(engine, job_id)
    with reading(engine) as session:
        states = ledger.recount(session, job_id)
    engine.dispose()
    assert (view.state, view.pending) == ("done", 0)
    assert view.total == view.done + view.failed + view.skipped + view.cancelled
    assert (view.done, view.failed) == (states.get("done", 0), states.get("failed", 0))


def test_a_folder_that_changes_all_the_time(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 120)
    with Tenant(library):
        job = product.json("enqueue", library)
    balanced(product, job["id"])
    assert set(job["errors"]) <= OF_THE_MOMENT
    assert job["done"] > 0
    last = product.json("enqueue", library)
    balanced(product, last["id"])
    assert not set(last["errors"]) & {"vanished", "changed"}
    files = {str(path.relative_to(library)) for path in library.rglob("*.flac") if path.is_file()}
    answered = {row["path"] for row in product.json("query")}
    failed = {row["path"] for row in product.json("query", "failed")}
    assert answered | failed >= files
