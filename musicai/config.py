"""Settings: one typed, frozen place, and the only reader of the environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

import platformdirs

from musicai.errors import ConfigError
from musicai.storage.url import canonical, is_url

_NAME = re.compile(r"^[^=;/\0]+$")

Mounts = Mapping[str, Path | str]
"""Where this node finds libraries, by their names: folders, and URLs as text."""


def _setting(
    env: str,
    help: str,  # noqa: A002
    parse: Callable[[str], Any],
    default: Any,
    shown: str = "",
    *,
    secret: bool = False,
    login: bool = False,
) -> Any:
    """Return a field. `shown` says in the reference what a default is that differs between machines.

    Of a `secret` value people see nothing; a `login` is a secret USER:PASSWORD, of which they see the user.
    """
    factory = default if callable(default) else lambda: default
    secret = secret or login
    kind = {"secret": secret, "login": login}
    metadata = {"env": env, "help": help, "parse": parse, "shown": shown, **kind}
    return field(default_factory=factory, metadata=metadata, repr=not secret)


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser().absolute()


def _integer(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


_MOST_DAYS = 36_500

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def read_size(value: str) -> int:
    """Read a size in bytes such as 500MB; ValueError says what is allowed."""
    if value.lower() == "off":
        return 0
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]i?b)?", value.lower())
    if found is None:
        raise ValueError("must be a size such as 500MB, 2GB or 1.5GiB; 0 or off for none")
    return int(float(found[1]) * _UNITS[found[2] or ""])


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.split("://", 1)[0] not in schemes or "://" not in value:
            raise ValueError(f"must be a URL that begins with {', '.join(s + '://' for s in schemes)}")
        return value

    return parse


def _store(value: str) -> str:
    if "://" not in value:
        return str(_path(value))
    protocol, rest = value.split("://", 1)
    if not protocol or not rest:
        raise ValueError("must be a folder or a URL such as s3://BUCKET/FOLDER")
    # a folder is written atomically, which no URL can promise
    return str(_path(f"/{rest.lstrip('/')}")) if protocol in ("file", "local") else value.rstrip("/")


def _mounts(value: str) -> dict[str, Path | str]:
    mounts: dict[str, Path | str] = {}
    for part in filter(None, (p.strip() for p in value.split(";"))):
        name, equals, place = part.partition("=")
        if not equals or not _NAME.match(name) or not (place.startswith("/") or is_url(place)):
            raise ValueError("must look like NAME=/path;OTHER=s3://BUCKET/FOLDER")
        mounts[name] = _mount(place)
    return mounts


def _mount(place: str) -> Path | str:
    try:
        place = canonical(place) if is_url(place) else place
    except ConfigError as err:
        raise ValueError(str(err)) from err
    return place if is_url(place) else Path(place)


def _described(setting: Mapping[str, Any], default: Any, environ: Mapping[str, str]) -> dict[str, str]:
    env = setting["env"]
    given = environ.get(env, "").strip()
    value = given or _as_text(default())
    if setting["secret"] and value:
        user, colon, _ = value.partition(":")
        value = f"{user}:***" if colon and setting["login"] else "***"
    return {
        "env": env,
        "value": _masked_whatever(value),
        "source": "environment" if given else "default",
        "help": setting["help"],
    }


_IN_QUERY = re.compile(r"[?&](?:ssl)?password=([^&#]*)")


def masked(url: str) -> str:
    """Return a URL for people and logs: without its password."""
    url = re.sub(r"(://[^:@/]*:).*@", r"\1***@", url)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", url)


def _masked_whatever(value: str) -> str:
    """Return what was meant as a setting, fit to be shown: a URL that is none may hold a password, too."""
    shown = masked(value)
    if shown == value and "@" in value and ":" in value.rpartition("@")[0]:
        return f"***@{value.rpartition('@')[2]}"
    return shown


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ";".join(f"{name}={path}" for name, path in value.items())
    return str(value)


def usable_processors() -> int:
    """Return how many processors this process may use (a container's, not the machine's)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class StorePlace:
    """Where the model store is: a folder of this machine, or a URL that fsspec opens.

    Parameters
    ----------
    url: path of the folder, or the URL.
    copies: folder of this node for copies of what lies behind a URL.
    """

    url: str
    copies: Path

    @property
    def folder(self) -> Path | None:
        """The folder; None when the store is a URL."""
        return None if "://" in self.url else Path(self.url)

    def __str__(self) -> str:
        return masked(self.url)


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured, with what the environment calls it."""

    home: Path = _setting(
        "MUSICAI_HOME",
        "Folder of the catalogue, the models and the private broker.",
        _path,
        lambda: Path(platformdirs.user_data_dir("musicai", appauthor=False)),
        shown="`~/.local/share/musicai`, on macOS `~/Library/Application Support/musicai`",
    )
    database_url: str = _setting(
        "MUSICAI_DATABASE_URL",
        "The catalogue: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME. "
        "Empty: SQLite in the home folder.",
        _url("sqlite", "postgresql", "postgresql+psycopg"),
        "",
    )
    database_timeout_s: int = _setting(
        "MUSICAI_DATABASE_TIMEOUT",
        "Seconds that the database may take to answer a service before the connection is taken for dead "
        "and opened anew; a command waits ten times as long. On SQLite: how long others may hold its lock.",
        _integer(1, 3600),
        60,
    )
    broker_url: str = _setting(
        "MUSICAI_BROKER_URL",
        "The queue: redis://, rediss://, redis+socket://, or amqp://, amqps:// for RabbitMQ. "
        "Empty: a private server that MusicAI starts.",
        _url("redis", "rediss", "redis+socket", "amqp", "amqps"),
        "",
    )
    mounts: Mounts = _setting(
        "MUSICAI_MOUNTS",
        "Where this node finds libraries that others mount elsewhere, or read by URL: "
        "NAME=/path;OTHER=s3://BUCKET/FOLDER.",
        _mounts,
        dict,
    )
    model: str = _setting(
        "MUSICAI_MODEL", "Model used when none is named. Empty: the active one.", _text, ""
    )
    store: str = _setting(
        "MUSICAI_MODEL_STORE",
        "Model store: a folder, or a URL that fsspec opens (s3://BUCKET/FOLDER, sftp://HOST/FOLDER), "
        "the same for all nodes. Empty: the folder `models` in the home folder.",
        _store,
        "",
    )
    concurrency: int = _setting(
        "MUSICAI_CONCURRENCY",
        "Worker processes on this node.",
        _integer(1, 1024),
        usable_processors,
        shown="one per core",
    )
    runs: str = _setting(
        "MUSICAI_RUNS",
        "Folder of the training runs: checkpoints, curves, logs. Trainers on several machines that should "
        "resume each other's runs need one that all of them see. Empty: `runs` in the home folder.",
        _text,
        "",
    )
    handful: int = _setting(
        "MUSICAI_HANDFUL", "Most tracks that a worker claims at once.", _integer(1, 4096), 64
    )
    window: int = _setting(
        "MUSICAI_WINDOW",
        "Most messages that wait in the broker; at least the number of worker processes.",
        _integer(1, 100_000),
        64,
    )
    item_timeout_s: int = _setting(
        "MUSICAI_ITEM_TIMEOUT",
        "Seconds that one track may take before it is quarantined as timed out.",
        _integer(1, 86_400),
        60,
    )
    lease_s: int = _setting(
        "MUSICAI_LEASE",
        "Seconds without a sign of life after which a worker's claims go back to pending;"
        " at least 1.5 times MUSICAI_ITEM_TIMEOUT and 10 are taken.",
        _integer(5, 86_400),
        120,
    )
    max_duration_s: int = _setting(
        "MUSICAI_MAX_DURATION",
        "Longest track in seconds; a header that claims more is refused as too large.",
        _integer(60, 10_000_000),
        60 * 3600,
    )
    track_memory: int = _setting(
        "MUSICAI_TRACK_MEMORY",
        "Most memory that decoding one track may take in a worker, beyond what the process has already:"
        " 500MB, 2GB; what wants more is quarantined as too_much_memory. 0 or off: no limit. On Linux.",
        read_size,
        1_000_000_000,
        shown="`1GB`",
    )
    cache_size: int = _setting(
        "MUSICAI_CACHE_SIZE",
        "Most bytes of spectrograms that this node keeps, so that another model answers without decoding:"
        " 500MB, 2GB; a track of three excerpts takes 83 kB. 0 or off: keep none.",
        read_size,
        1_000_000_000,
        shown="`1GB`",
    )
    cache: Path | None = _setting(
        "MUSICAI_CACHE",
        "Folder of the kept spectrograms; nodes may share one. Empty: `cache` in the home folder.",
        _path,
        None,
        shown="",
    )
    keep_items_days: int = _setting(
        "MUSICAI_KEEP_ITEMS",
        "Days for which an ended job keeps a row for each track that it classified or cancelled, and a run"
        " that failed or was cancelled its epochs. Totals, failed tracks and answers stay for ever. 0: keep"
        " all.",
        _integer(0, _MOST_DAYS),
        90,
    )
    keep_firings_days: int = _setting(
        "MUSICAI_KEEP_FIRINGS",
        "Days for which schedules remember when they fired: of each schedule the latest thousand at most,"
        " and the latest one always. 0: keep that thousand.",
        _integer(0, _MOST_DAYS),
        365,
    )
    keep_files_days: int = _setting(
        "MUSICAI_KEEP_FILES",
        "Days for which a node keeps the checkpoints of runs that have ended, and copies of models that are"
        " not in the store any more. 0: keep all.",
        _integer(0, _MOST_DAYS),
        30,
    )
    flower_address: str = _setting(
        "MUSICAI_FLOWER_ADDRESS", "Address that Flower listens on.", _text, "127.0.0.1"
    )
    flower_port: int = _setting(
        "MUSICAI_FLOWER_PORT", "Port that Flower listens on.", _integer(1, 65_535), 5555
    )
    flower_auth: str = _setting(
        "MUSICAI_FLOWER_AUTH",
        "USER:PASSWORD that Flower asks for; this or MUSICAI_FLOWER_OAUTH is required beyond the loopback "
        "address.",
        _text,
        "",
        login=True,
    )
    flower_oauth: str = _setting(
        "MUSICAI_FLOWER_OAUTH",
        "Who tells Flower who somebody is, instead of a password: google, github, gitlab or okta.",
        _choice("google", "github", "gitlab", "okta"),
        "",
    )
    flower_oauth_allow: str = _setting(
        "MUSICAI_FLOWER_OAUTH_ALLOW",
        "Who may come in with MUSICAI_FLOWER_OAUTH: e-mail addresses, `ann@example.org|bob@example.org`, "
        "or one pattern, `.*@example.org`.",
        _text,
        "",
    )
    flower_oauth_key: str = _setting(
        "MUSICAI_FLOWER_OAUTH_KEY", "Client id that the OAuth provider gave to this Flower.", _text, ""
    )
    flower_oauth_secret: str = _setting(
        "MUSICAI_FLOWER_OAUTH_SECRET",
        "Client secret that the OAuth provider gave to this Flower.",
        _text,
        "",
        secret=True,
    )
    flower_oauth_redirect: str = _setting(
        "MUSICAI_FLOWER_OAUTH_REDIRECT",
        "Flower's own address for the OAuth provider: https://HOST/login.",
        _text,
        "",
    )
    flower_oauth_domain: str = _setting(
        "MUSICAI_FLOWER_OAUTH_DOMAIN",
        "Host of your own GitHub or GitLab, or base URL of Okta's authorisation server "
        "(https://HOST/oauth2/NAME). Empty: github.com, gitlab.com.",
        _text,
        "",
    )
    flower_url: str = _setting(
        "MUSICAI_FLOWER_URL",
        "Where the exporter finds Flower, if not at MUSICAI_FLOWER_ADDRESS and MUSICAI_FLOWER_PORT.",
        _url("http", "https"),
        "",
    )
    exporter_address: str = _setting(
        "MUSICAI_EXPORTER_ADDRESS", "Address that the exporter listens on.", _text, "127.0.0.1"
    )
    exporter_port: int = _setting(
        "MUSICAI_EXPORTER_PORT", "Port that the exporter listens on.", _integer(1, 65_535), 5556
    )
    exporter_auth: str = _setting(
        "MUSICAI_EXPORTER_AUTH",
        "USER:PASSWORD that the exporter asks for; required beyond the loopback address.",
        _text,
        "",
        login=True,
    )
    log_level: str = _setting(
        "MUSICAI_LOG_LEVEL",
        "What services write to their logs.",
        _choice("debug", "info", "warning", "error"),
        "warning",
    )
    log_format: str = _setting(
        "MUSICAI_LOG_FORMAT",
        "How services write their logs: lines for people, or one JSON object a line.",
        _choice("text", "json"),
        "text",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; ConfigError names the variable, its value and what is allowed."""
        environ = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for f in fields(cls):
            env = f.metadata["env"]
            if value := environ.get(env, "").strip():
                try:
                    given[f.name] = f.metadata["parse"](value)
                except ValueError as err:
                    raise ConfigError(f"{env}={_masked_whatever(value)!r}: {err}") from err
        known = {f.metadata["env"] for f in fields(cls)}
        unknown = sorted(k for k in environ if k.startswith("MUSICAI_") and k not in known)
        if unknown:
            raise ConfigError(
                f"unknown setting {', '.join(unknown)}; `musicai doctor` lists the ones there are"
            )
        return cls(**given)

    @classmethod
    def of_logs(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Return what is needed to say what is wrong with the other settings: how logs are written."""
        environ = os.environ if environ is None else environ
        try:
            return cls.from_env({k: v for k, v in environ.items() if k.startswith("MUSICAI_LOG_")})
        except ConfigError:
            return cls()

    @classmethod
    def described(cls, environ: Mapping[str, str]) -> list[dict[str, str]]:
        """Return each setting with its value and where that comes from, passwords masked.

        Values are shown as they stand, right or wrong; `from_env` is who judges them.
        """
        return [_described(f.metadata, f.default_factory, environ) for f in fields(cls)]

    def to_env(self) -> dict[str, str]:
        """Return the environment that `from_env` reads as these settings, for child processes."""
        values = {f.metadata["env"]: getattr(self, f.name) for f in fields(self)}
        return {env: _as_text(value) for env, value in values.items()}

    def secrets(self) -> list[str]:
        """Return every password and secret, for whoever has to keep them out of a text."""
        found = [getattr(self, f.name) for f in fields(self) if f.metadata["secret"]]
        logins = [getattr(self, f.name) for f in fields(self) if f.metadata["login"]]
        found += [login.partition(":")[2] for login in logins]
        for url in (self.database_url, self.broker_url, self.store):
            found += [urlsplit(url).password, *_IN_QUERY.findall(url)]
        return [form for value in found if value for form in {value, unquote(value), unquote_plus(value)}]

    @property
    def catalogue_url(self) -> str:
        """The URL of the catalogue, with the default filled in and psycopg 3 as PostgreSQL's driver."""
        if not self.database_url:
            return f"sqlite:///{self.home / 'catalogue.db'}"
        return re.sub(r"^postgresql://", "postgresql+psycopg://", self.database_url)

    @property
    def claim_lease_s(self) -> float:
        """Seconds that a claim lasts: never shorter than the slowest track that is allowed."""
        return max(self.lease_s, 1.5 * self.item_timeout_s + 10)

    @property
    def has_private_broker(self) -> bool:
        """Whether no broker is configured, so that MusicAI runs its own."""
        return not self.broker_url

    @property
    def model_store(self) -> StorePlace:
        """Where the models are that were trained or imported."""
        return StorePlace(self.store or str(self.home / "models"), self.home / "model-copies")

    @property
    def cache_folder(self) -> Path:
        """Folder of the spectrograms that were made before."""
        return self.cache or self.home / "cache"

    @property
    def runs_folder(self) -> Path:
        """Folder of the training runs."""
        return Path(self.runs).expanduser().absolute() if self.runs else self.home / "runs"

    @property
    def flower_location(self) -> str:
        """Where the exporter and the doctor find Flower."""
        if self.flower_url:
            return self.flower_url
        return _location(self.flower_address, self.flower_port)

    @property
    def exporter_location(self) -> str:
        """Where the exporter of this node answers."""
        return _location(self.exporter_address, self.exporter_port)

    @property
    def flower_folder(self) -> Path:
        """Folder of what Flower knows of the past."""
        return self.home / "flower"

    @property
    def run_folder(self) -> Path:
        """Folder of what lives only while services run: socket, locks, logs."""
        return self.home / "run"


def _location(address: str, port: int) -> str:
    if address in ("0.0.0.0", "::", ""):  # nosec B104  # noqa: S104 - every interface, this one too
        address = "127.0.0.1"
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{port}"
