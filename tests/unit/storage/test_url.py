"""URLs of libraries: one form each, and no secret in any."""

import pytest

from musicai.errors import ConfigError
from musicai.storage.url import canonical, is_safe, is_url, join, relative, split


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("s3://bucket/", "s3://bucket"),
        ("S3://bucket/My Music/", "s3://bucket/My Music"),
        ("HTTPS://Example.org:443/My Music/", "https://example.org/My%20Music"),
        ("http://example.org:8080/a%2520b", "http://example.org:8080/a%2520b"),
        ("sftp://me@Nas:22/srv/music/", "sftp://me@nas/srv/music"),
        ("file:///srv/My%20Music/", "/srv/My Music"),
    ],
)
def test_a_url_has_one_form(given, kept):
    assert canonical(given) == kept
    assert not is_url(kept) or canonical(kept) == kept


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hush@example.org/music",
        "https://hush@example.org/music",
        "sftp://me:hush@nas/music",
        "s3://key:hush@bucket/music",
        "https://example.org/music?signature=hush",
    ],
)
def test_a_secret_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as refusal:
        canonical(url)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["gs://bucket/music", "s3:///music", "http://:80/music", "http://a:b/music"]
)
def test_what_no_library_can_be_behind_is_refused(url):
    with pytest.raises(ConfigError):
        canonical(url)


@pytest.mark.parametrize("root", [b"/srv/music", b"s3://bucket/music", b"https://example.org/my%20music"])
def test_paths_and_places_turn_into_each_other(root):
    path = "Björk/100% #1?.mp3".encode()
    assert relative(join(root, path), root) == path
    assert root.startswith(b"/") or split(join(root, path))[1].endswith(path)


def test_a_name_cannot_lead_out_of_its_library():
    assert is_safe(b"a/b.mp3")
    assert not any(map(is_safe, (b"../b.mp3", b"a/../../b", b"/etc/passwd", b"a//b", b"a/\0", b"./b")))
