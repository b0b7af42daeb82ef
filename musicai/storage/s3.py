"""S3 and what speaks like it, through s3fs. Endpoint and credentials are those of the AWS tools here."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

import aiohttp
import botocore.exceptions
import s3fs

from musicai.errors import ChangedError, PermissionDeniedError, TrackError, UnreadableError, VanishedError
from musicai.storage.coroutines import wait_for
from musicai.storage.crowd import at_once
from musicai.storage.entry import S3, Entry, Listed, Opened
from musicai.storage.flat import by_folder
from musicai.storage.storage import CONNECT_S, STALL_S, Enters, Storage, patiently

_PAGE = 1000
"""Keys that S3 lists at once at most."""


class S3Storage(Storage):
    """A bucket. An ETag is a digest of the content, or else differs with every upload."""

    kind: ClassVar[str] = S3

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self._bucket = origin.partition("://")[2]
        self._fs = s3fs.S3FileSystem(
            # the patience is ours: three layers of retries would take minutes to say that nobody is there
            config_kwargs={
                "connect_timeout": CONNECT_S,
                "read_timeout": STALL_S,
                "retries": {"total_max_attempts": 1},
            },
            skip_instance_cache=True,
        )
        self._fs.retries = 1

    def walk(self, folder: bytes, enters: Enters) -> Iterator[Listed]:
        """List all keys below a folder, a thousand with each request, however small its folders are."""
        yield from by_folder(self._keys(folder), folder, enters)

    def pages(self, folder: bytes) -> Iterator[tuple[Listed, list[bytes]]]:
        """Not asked: a walk lists keys, not folders."""
        raise AssertionError("S3 has no folders")

    def _keys(self, folder: bytes) -> Iterator[list[Entry]]:
        more: dict[str, str] = {}
        while True:
            page = self._list(folder, _PAGE, more)
            # what ends with a slash is a folder that some console made
            yield [_entry(one) for one in page.get("Contents", ()) if not one["Key"].endswith("/")]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _list(self, folder: bytes, count: int, more: dict[str, str]) -> dict[str, Any]:
        prefix = folder.decode() + "/" if folder else ""
        listing: dict[str, Any] = patiently(
            lambda: self._ask("list_objects_v2", Prefix=prefix, MaxKeys=count, **more)
        )
        return listing

    def look(self, path: bytes) -> Entry:
        """Return size, time and ETag of an object."""
        found = patiently(lambda: self._ask("head_object", Key=path.decode()))
        return Entry(path, int(found["ContentLength"]), _ns(found["LastModified"]), found.get("ETag", ""))

    def looks(self, paths: Sequence[bytes]) -> list[Entry | TrackError]:
        """Return what is said of several objects, sixteen at a time."""
        return at_once(self._looked, paths)

    def open(self, path: bytes, count: int) -> Opened:
        """Return an object's entry and its first bytes, with one request."""
        try:
            head, reply = patiently(lambda: self._get(path, 0, count))
        except ChangedError:  # no first byte: the object has none
            return Opened(self.look(path), b"")
        size = int(reply["ContentRange"].rpartition("/")[2]) if "ContentRange" in reply else len(head)
        return Opened(Entry(path, size, _ns(reply["LastModified"]), reply.get("ETag", "")), head)

    def read(self, entry: Entry, start: int, count: int) -> bytes:
        """Return bytes of the version that the ETag names."""
        match = {"IfMatch": entry.tag} if entry.tag else {}
        return patiently(lambda: self._get(entry.path, start, count, **match))[0]

    def is_folder(self, path: bytes) -> bool:
        """Whether keys begin with a path and a slash; VanishedError when there is no such key either."""
        if self._list(path, 1, {}).get("KeyCount"):
            return True
        if not path:
            raise VanishedError("the bucket is empty")
        self.look(path)
        return False

    def check(self, folder: bytes) -> None:
        """List one key."""
        self._ask("list_objects_v2", Prefix=folder.decode() + "/" if folder else "", MaxKeys=1)

    def _get(self, path: bytes, start: int, count: int, **match: str) -> tuple[bytes, dict[str, Any]]:
        wanted = f"bytes={start}-{start + count - 1}"
        got: tuple[bytes, dict[str, Any]] = self._waited(
            lambda: self._fetched(path.decode(), wanted, match)
        )
        return got

    async def _fetched(self, key: str, wanted: str, match: dict[str, str]) -> tuple[bytes, dict[str, Any]]:
        reply = await self._fs._call_s3("get_object", Bucket=self._bucket, Key=key, Range=wanted, **match)
        async with reply["Body"] as body:
            return await body.read(), reply

    def _ask(self, method: str, **options: Any) -> Any:
        return self._waited(lambda: self._fs._call_s3(method, Bucket=self._bucket, **options))

    def _waited(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        try:
            return wait_for(work(), self._fs.loop)
        except (OSError, aiohttp.ClientError, botocore.exceptions.BotoCoreError) as err:
            raise _translated(err) from err


def _translated(err: Exception) -> TrackError:
    cause = err.__cause__
    answer = cause.response if isinstance(cause, botocore.exceptions.ClientError) else {}
    code = str(answer.get("Error", {}).get("Code", ""))
    reason = str(err) or type(err).__name__
    if code in ("PreconditionFailed", "412", "InvalidRange", "416"):
        return ChangedError("the object changed while it was read; it is taken up again by the next scan")
    if isinstance(err, FileNotFoundError):
        return VanishedError(f"the server knows no such {'bucket' if code == 'NoSuchBucket' else 'object'}")
    if isinstance(err, PermissionError | botocore.exceptions.NoCredentialsError):
        return PermissionDeniedError(f"the server refuses it: {reason}")
    return UnreadableError(f"the server failed: {reason}")


def _entry(found: dict[str, Any]) -> Entry:
    return Entry(
        found["Key"].encode(), int(found["Size"]), _ns(found["LastModified"]), found.get("ETag", "")
    )


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9
