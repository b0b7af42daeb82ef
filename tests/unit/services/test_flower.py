"""Flower: who may look at it, what it is told, and how it words tasks."""

import stat
from dataclasses import replace
from types import SimpleNamespace

import pytest

from musicai.config import Settings
from musicai.errors import ConfigError
from musicai.services import flower
from musicai.services.flower.tasks import format_task

OAUTH = {
    "flower_oauth": "github",
    "flower_oauth_allow": "ann@example.org|bob@example.org",
    "flower_oauth_key": "client",
    "flower_oauth_secret": "hush",
    "flower_oauth_redirect": "https://flower.example.org/login",
}


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path)})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_on_this_machine_it_needs_no_password(settings, address):
    command = flower.command(replace(settings, flower_address=address))
    assert f"--address={address}" in command
    assert "--read_only=True" in command


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.2", "", "example.org"])
def test_for_others_it_asks_who_they_are(settings, address):
    with pytest.raises(ConfigError, match="MUSICAI_FLOWER_AUTH=USER:PASSWORD"):
        flower.command(replace(settings, flower_address=address))
    flower.command(replace(settings, flower_address=address, flower_auth="me:secret"))
    flower.command(replace(settings, flower_address=address, **OAUTH))


@pytest.mark.parametrize("auth", ["secret", ":secret", "me:", "me:se,cret"])
def test_a_password_that_it_would_misread_is_refused(settings, auth):
    with pytest.raises(ConfigError, match="MUSICAI_FLOWER_AUTH must") as refused:
        flower.command(replace(settings, flower_auth=auth))
    assert "secret" not in str(refused.value).replace("PASSWORD", "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flower_oauth_secret": ""}, "needs MUSICAI_FLOWER_OAUTH_SECRET"),
        ({"flower_oauth": "okta"}, "needs MUSICAI_FLOWER_OAUTH_DOMAIN"),
        ({"flower_oauth_allow": ".*"}, "must be e-mail addresses"),
        ({"flower_oauth_allow": "ann@*"}, "must be e-mail addresses"),
        ({"flower_auth": "me:secret"}, "exclude each other"),
    ],
)
def test_an_oauth_that_lets_in_nobody_or_everybody_is_refused(settings, change, said):
    with pytest.raises(ConfigError, match=said) as refused:
        flower.command(replace(settings, **{**OAUTH, **change}))
    assert "hush" not in str(refused.value)


def test_secrets_are_in_the_environment_and_on_no_command_line(settings):
    given = replace(settings, flower_auth="me:hush")
    assert flower.environment(given)["FLOWER_BASIC_AUTH"] == "me:hush"
    assert not any("hush" in part for part in flower.command(given))
    given = replace(settings, **OAUTH, flower_oauth_domain="git.example.org")
    environment = flower.environment(given)
    assert environment["FLOWER_OAUTH2_SECRET"] == "hush"
    assert environment["FLOWER_GITHUB_OAUTH_DOMAIN"] == "git.example.org"
    assert not any("hush" in part for part in flower.command(given))
    assert "hush" not in repr(given)


def test_the_doctor_masks_every_secret():
    environ = {
        "MUSICAI_FLOWER_AUTH": "me:hush",
        "MUSICAI_FLOWER_OAUTH_SECRET": "hush",
        "MUSICAI_EXPORTER_AUTH": "prometheus:hush",
    }
    shown = {row["env"]: row["value"] for row in Settings.described(environ)}
    assert [shown[name] for name in environ] == ["me:***", "***", "prometheus:***"]


def test_what_it_remembers_is_for_this_user_alone(settings):
    command = flower.command(settings)
    assert f"--db={settings.home / 'flower' / 'state'}" in command
    assert stat.S_IMODE((settings.home / "flower").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("kwargs", "result", "shown"),
    [
        ("{'job': 3, 'library': 'Music'}", "'3 tracks'", ("job 3, library Music", "3 tracks")),
        ("{'job': 3, 'library': ''}", None, ("job 3", "")),
        ("{'job': 3, 'libr...", "'cut of...", ("{'job': 3, 'libr...", "'cut of...")),
    ],
)
def test_tasks_read_like_sentences(kwargs, result, shown):
    task = format_task(SimpleNamespace(args="()", kwargs=kwargs, result=result))
    assert (task.kwargs, task.result) == shown
