"""Flower as a service: what it shows, who may look, and what it remembers."""

from pathlib import Path

from musicai.config import Settings
from musicai.errors import ConfigError, ServiceError
from musicai.services.node import commands
from musicai.services.node.listening import check_auth, is_loopback

_PROVIDERS = {
    "google": "flower.views.auth.GoogleAuth2LoginHandler",
    "github": "flower.views.auth.GithubLoginHandler",
    "gitlab": "flower.views.auth.GitLabLoginHandler",
    "okta": "flower.views.auth.OktaLoginHandler",
}
_DOMAINS = {
    "github": "FLOWER_GITHUB_OAUTH_DOMAIN",
    "gitlab": "FLOWER_GITLAB_OAUTH_DOMAIN",
    "okta": "FLOWER_OAUTH2_OKTA_BASE_URL",
}
_SAVE_EVERY_MS = 60_000
_OAUTH = "MUSICAI_FLOWER_OAUTH"


def command(settings: Settings) -> list[str]:
    """Return the command of Flower.

    Raises
    ------
    ConfigError: it would listen beyond this machine and let everybody in, or cannot ask as it is told to.
    ServiceError: the folder of what it remembers cannot be made.
    """
    _check(settings)
    return [
        *commands.celery(settings, "musicai.services.flower.app"),
        "flower",
        f"--address={settings.flower_address}",
        f"--port={settings.flower_port}",
        # Tornado would set a level of its own, each time that it reads the options
        "--logging=none",
        # a page that anybody on this machine opens shows, and neither stops workers nor sends tasks
        "--read_only=True",
        # the default of 100 000 tasks is half a gigabyte of memory
        "--max_tasks=10000",
        # a restart would begin with an empty page
        "--persistent=True",
        f"--db={_folder(settings) / 'state'}",
        # the default saves at a clean end only, and a machine that loses its power knows none
        f"--state_save_interval={_SAVE_EVERY_MS}",
        # every restart of a worker is a new name: after an hour the metrics of the old ones go
        "--purge_offline_workers=3600",
        # what a task was about and what came of it, before numbers that say nothing to people
        "--tasks_columns=name,kwargs,result,state,received,runtime,worker,uuid",
        f"--conf={Path(__file__).with_name('config.py')}",
    ]


def environment(settings: Settings) -> dict[str, str]:
    """Return Flower's environment. Secrets travel here: everybody can read a command line."""
    auth = {"FLOWER_BASIC_AUTH": settings.flower_auth} if settings.flower_auth else {}
    return {**commands.environment(settings), **auth, **_oauth(settings)}


def _oauth(settings: Settings) -> dict[str, str]:
    if not settings.flower_oauth:
        return {}
    found = {
        "FLOWER_AUTH_PROVIDER": _PROVIDERS[settings.flower_oauth],
        "FLOWER_AUTH": settings.flower_oauth_allow,
        "FLOWER_OAUTH2_KEY": settings.flower_oauth_key,
        "FLOWER_OAUTH2_SECRET": settings.flower_oauth_secret,
        "FLOWER_OAUTH2_REDIRECT_URI": settings.flower_oauth_redirect,
    }
    if settings.flower_oauth_domain and settings.flower_oauth in _DOMAINS:
        found[_DOMAINS[settings.flower_oauth]] = settings.flower_oauth_domain
    return found


def _folder(settings: Settings) -> Path:
    """Return the folder of Flower's state, which is a pickle: only this user may write there."""
    try:
        settings.flower_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.flower_folder.chmod(0o700)
    except OSError as err:
        raise ServiceError(f"cannot use the folder {settings.flower_folder}: {err}") from err
    return settings.flower_folder


def _check(settings: Settings) -> None:
    check_auth("MUSICAI_FLOWER_AUTH", settings.flower_auth)
    if "," in settings.flower_auth:
        raise ConfigError("MUSICAI_FLOWER_AUTH must not contain a comma: Flower takes it for two accounts")
    if settings.flower_oauth:
        _check_oauth(settings)
    elif not settings.flower_auth and not is_loopback(settings.flower_address):
        raise ConfigError(
            f"MUSICAI_FLOWER_ADDRESS={settings.flower_address!r} can be reached from other machines: "
            "set MUSICAI_FLOWER_AUTH=USER:PASSWORD or MUSICAI_FLOWER_OAUTH, or use 127.0.0.1"
        )


def _check_oauth(settings: Settings) -> None:
    """Refuse an OAuth that lets nobody in, or everybody."""
    from flower.utils.authentication import validate_auth_option  # noqa: PLC0415 - Tornado, seldom needed

    if settings.flower_auth:
        raise ConfigError(f"{_OAUTH} and MUSICAI_FLOWER_AUTH exclude each other: unset one of them")
    wanted = {
        f"{_OAUTH}_ALLOW": settings.flower_oauth_allow,
        f"{_OAUTH}_KEY": settings.flower_oauth_key,
        f"{_OAUTH}_SECRET": settings.flower_oauth_secret,
        f"{_OAUTH}_REDIRECT": settings.flower_oauth_redirect,
    }
    if settings.flower_oauth == "okta":
        wanted[f"{_OAUTH}_DOMAIN"] = settings.flower_oauth_domain
    if absent := [name for name, value in wanted.items() if not value]:
        raise ConfigError(f"{_OAUTH}={settings.flower_oauth} needs {', '.join(absent)}")
    if "@" not in settings.flower_oauth_allow or not validate_auth_option(settings.flower_oauth_allow):
        raise ConfigError(
            f"{_OAUTH}_ALLOW={settings.flower_oauth_allow!r} must be e-mail addresses with | between them, "
            "or one pattern such as .*@example.org"
        )
