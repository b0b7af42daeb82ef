"""Giving a model's folder another name: the side-car and the heading of the card say it."""

from dataclasses import replace
from pathlib import Path

from musicai.models.side_car import CARD_FILE, SideCar, read_side_car, write_side_car


def rename(folder: Path, name: str) -> SideCar:
    """Write another name into a folder of files that are ours; return the side-car that it has then.

    What a person wrote as the heading of the card stays; so does what the card says about its making.

    Raises
    ------
    ModelError: no model may have such a name, or the side-car is broken.
    OSError: the folder cannot be written.
    """
    former = read_side_car(folder)
    side_car = replace(former, name=name)
    write_side_car(folder, side_car)
    card = folder / CARD_FILE
    if card.is_file():
        heading, end, rest = card.read_bytes().partition(b"\n")
        if heading.rstrip() == f"# {former.name}".encode():
            card.write_bytes(f"# {name}".encode() + end + rest)
    return side_car
