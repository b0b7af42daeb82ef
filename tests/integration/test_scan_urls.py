"""The merge of a library behind a URL: what is new, changed, moved or gone there."""

import os

import pytest
import s3fs
from sqlalchemy import Engine

from musicai.catalogue.session import transaction
from musicai.errors import ConfigError, NodeFaultError
from musicai.services.find_track import find_track
from musicai.services.preview import preview
from musicai.services.scan_options import ScanOptions
from musicai.storage import storage
from tests.integration.scanned import Catalogue
from tests.services.places import bucket, fresh_connections, place, s3_place, sftp_place, web_place
from tests.services.web import web_server

__all__ = ["bucket", "fresh_connections", "place", "s3_place", "sftp_place", "web_place"]

NAMES = ["a/1.wav", "a/2.wav", "b/ü #3.wav", "top.mp3"]


@pytest.fixture
def catalogue_url(sqlite_catalogue_url: str) -> str:
    return sqlite_catalogue_url


@pytest.fixture
def catalogue(engine: Engine) -> Catalogue:
    return Catalogue.of_models(engine, "one")


def fill(place):
    for number, name in enumerate(NAMES):
        place.write(name, bytes([number]) * (100 + number))
        os.utime(place.folder / name, (1_700_000_000, 1_700_000_000))
    place.publish()


def counts(job):
    names = ("new", "changed", "moved", "missing", "items", "skipped")
    return {name: job.report[name] for name in names if job.report[name]}


def test_a_library_behind_a_url_is_merged_like_a_folder(catalogue, place, settings):
    fill(place)
    assert counts(catalogue.scan(place.url)) == {"new": 4, "items": 4}
    catalogue.work()
    assert counts(catalogue.scan(f"{place.url}/")) == {"skipped": 4}
    place.write("a/1.wav", b"x" * 100)
    (place.folder / "b" / "ü #3.wav").unlink()
    place.write("b/new.wav", b"new")
    place.publish()
    options = ScanOptions(())
    told = preview(catalogue.engine, [place.url.encode()], options, catalogue.model_id).to_json()
    job = catalogue.scan(place.url)
    assert counts(job) == {"new": 1, "changed": 1, "missing": 1, "items": 2, "skipped": 2}
    assert {name: told[name] for name in counts(job)} == counts(job)
    assert catalogue.present() == {b"a/1.wav", b"a/2.wav", b"b/new.wav", b"top.mp3"}
    with transaction(catalogue.engine) as session:
        name = "%C3%BC%20%233.wav" if place.url.startswith("http") else "ü #3.wav"
        assert find_track(session, settings, f"{place.url}/b/{name}").path == "b/ü #3.wav"


def test_a_part_of_a_library_is_found_in_it(catalogue, place):
    fill(place)
    catalogue.scan(place.url)
    catalogue.work()
    assert counts(catalogue.scan(f"{place.url}/a")) == {"skipped": 2}
    assert counts(catalogue.scan(f"{place.url}/top.mp3")) == {"skipped": 1}
    assert len({track.library_id for track in catalogue.tracks().values()}) == 1


def test_an_object_that_is_copied_or_renamed_keeps_its_answer(catalogue, s3_place):
    fill(s3_place)
    catalogue.scan(s3_place.url)
    catalogue.work()
    s3_place.publish()  # the same content at another time
    assert counts(catalogue.scan(s3_place.url)) == {"skipped": 4}
    s3fs.S3FileSystem().mv(f"{s3_place.url}/a/1.wav", f"{s3_place.url}/c/1.wav")
    assert counts(catalogue.scan(s3_place.url)) == {"moved": 1, "skipped": 4}


def test_equal_tags_on_the_web_prove_nothing(catalogue, web_place):
    web_place.write("a.wav", b"one")
    os.utime(web_place.folder / "a.wav", (1_700_000_000, 1_700_000_000))
    catalogue.scan(web_place.url)
    catalogue.work()
    (web_place.folder / "a.wav").unlink()
    web_place.write("b.wav", b"two")
    os.utime(web_place.folder / "b.wav", (1_700_000_000, 1_700_000_000))
    assert counts(catalogue.scan(web_place.url)) == {"new": 1, "missing": 1, "items": 1}


def test_a_listing_that_breaks_off_makes_nothing_missing(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "PAUSES_S", (0.01,))
    for name in NAMES:
        (tmp_path / "m" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "m" / name).write_bytes(name.encode())
    with web_server(tmp_path / "m") as server:
        catalogue.scan(server.url)
        server.spoil = lambda request: 500 if request.path == "/a/" else None
        with pytest.raises(NodeFaultError, match="500"):
            catalogue.scan(server.url)
        server.spoil = lambda request: 403 if request.path == "/a/" else None
        job = catalogue.scan(server.url)
        assert (job.report["missing"], job.report["unreadable"]["count"]) == (0, 1)
        server.spoil = lambda request: None if request.path == "/" else 500
        (tmp_path / "m" / "top.mp3").unlink()
        with pytest.raises(NodeFaultError):
            catalogue.scan(server.url)
    assert len(catalogue.present()) == 4


def test_a_folder_and_a_url_may_be_one_library(catalogue, web_place):
    fill(web_place)
    catalogue.scan(web_place.folder, name="music")
    catalogue.work()
    catalogue.mounts = {"music": web_place.url}
    assert counts(catalogue.scan(web_place.url)) == {"skipped": 4}
    catalogue.mounts = {}
    assert counts(catalogue.scan(web_place.folder)) == {"skipped": 4}


def test_a_secret_in_a_url_makes_no_library(catalogue):
    with pytest.raises(ConfigError, match="catalogue"):
        catalogue.scan("https://me:hush@127.0.0.1:9/music")
    assert not catalogue.tracks()
