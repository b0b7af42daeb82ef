"""The documents say what the code does: the reference is current, commands parse, links lead somewhere."""

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import takewhile
from pathlib import Path

import click
import pytest
import soundfile

from musicai.cli import COMMANDS, cli
from musicai.config import Settings
from musicai.errors import TRACK_ERRORS, MusicAIError, TrackError
from musicai.services.advice import ADVICE
from musicai.states import (
    CorrectionSource,
    CorrectionState,
    Doubt,
    ItemState,
    JobKind,
    JobState,
    ModelEventKind,
    RowState,
    RunState,
    ScanState,
    TrackState,
)

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "musicai" / "models" / "shipped").glob("*/CARD.md"),
]
WITH_COMMANDS = [page for page in PAGES if page.name != "commands.md"]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


EVERY_COMMAND = dict(commands(cli))


def test_the_reference_is_up_to_date():
    check = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", EVERY_COMMAND)
def test_every_command_and_option_has_help_and_is_documented(name):
    command = EVERY_COMMAND[name]
    section = (REFERENCE / "commands.md").read_text("utf-8").partition(f"## musicai {name}\n")[2]
    section = section.partition("\n## ")[0]
    assert command.help
    assert inspect.cleandoc(command.help) in section
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert all(f"`{spelling}`" in section for spelling in (*option.opts, *option.secondary_opts))


def test_the_short_help_of_every_command_is_a_sentence():
    assert all(re.fullmatch(r"[A-Z].*\.", text) for _, text in COMMANDS.values())


def test_every_setting_is_documented():
    page = (REFERENCE / "settings.md").read_text("utf-8")
    for setting in fields(Settings):
        assert setting.metadata["help"]
        assert f"| `{setting.metadata['env']}` |" in page


def errors(kind: type[MusicAIError]) -> Iterator[type[MusicAIError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors(child)


@pytest.mark.parametrize("kind", [*errors(MusicAIError)], ids=lambda kind: kind.__name__)
def test_every_error_is_documented_with_its_exit_status(kind):
    page = (REFERENCE / "errors.md").read_text("utf-8")
    assert kind.__doc__
    if kind is not TrackError:
        assert f"`{kind.code}` |" in page
    assert f"| `{kind.exit_status}` |" in page


def test_codes_are_unique_and_every_fault_of_a_file_has_advice():
    codes = [kind.code for kind in errors(MusicAIError)]
    assert len(set(codes)) == len(codes)
    assert set(ADVICE) == set(TRACK_ERRORS) - {TrackError.code}


STATES = [
    CorrectionSource,
    CorrectionState,
    Doubt,
    ItemState,
    JobKind,
    JobState,
    ModelEventKind,
    RowState,
    RunState,
    ScanState,
    TrackState,
]


@pytest.mark.parametrize("kind", STATES)
def test_every_state_is_documented(kind):
    source = inspect.getsource(kind)
    for member in kind:
        assert re.search(rf'{member.name} = "{member.value}"\n    """\w', source), member


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_lines(page: Path) -> Iterator[list[str]]:
    """Yield the arguments of every `musicai` in the blocks of a page.

    In a block `console` commands follow a prompt; `sh` and `ini` hold nothing else.
    """
    blocks = re.findall(r"^```(console|sh|ini)\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    for language, block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            found = re.fullmatch(r"(?:.*[\s/])?musicai (.+)", line)
            if found and (language != "console" or line.startswith("$ ")):
                words = shlex.split(found[1], comments=True)
                yield list(takewhile(lambda word: word not in {"|", "&&", ">", "2>", "&"}, words))


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=named)
def test_commands_in_documents_exist(page):
    for words in command_lines(page):
        parse(words)


def parse(words: list[str]) -> None:
    """Take the words apart as the command line does, and run nothing."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        child = command.get_command(click.Context(command), words[0])
        assert child is not None, words
        command, words = child, words[1:]
    if not {"-h", "--help", "--version"} & set(words):
        command.make_context("musicai", list(words)).close()


def test_the_songs_of_the_tutorial_are_music(tmp_path):
    subprocess.run([sys.executable, "docs/examples/songs.py", str(tmp_path)], cwd=ROOT, check=True)
    songs = {path for path in tmp_path.rglob("*") if path.suffix in {".flac", ".mp3", ".ogg"}}
    assert len(songs) == 4
    assert all(soundfile.info(song).duration > 30 for song in songs)


def test_the_picture_of_the_readme_is_small():
    picture = ROOT / "docs" / "images" / "show.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000
