"""The package comes with another model than the one that a catalogue was made with."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Model
from musicai.models.ever_shipped import EVER_SHIPPED
from musicai.models.side_car import SideCar
from musicai.models.store import DEFAULT_MODEL
from tests.acceptance.product import Product
from tests.acceptance.synth import write_library

FORMER = "gtzan-texture-1"


def make_it_the_formers(product: Product) -> None:
    """Leave the catalogue as the version that came with the former model had left it."""
    engine = product.engine()
    with transaction(engine) as session:
        row = session.scalars(select(Model)).one()
        digest = next(sha for sha, name in EVER_SHIPPED.items() if name == FORMER)
        side_car = replace(SideCar.from_json(row.side_car), name=FORMER, weights_sha256=digest)
        row.name, row.digest, row.side_car = FORMER, digest, side_car.to_json()
    engine.dispose()


def about_the_model(product: Product) -> str:
    told = product.json("doctor")
    (found,) = [finding for finding in told["findings"] if finding["subject"] == "model"]
    assert found["status"] == "ok", found
    return str(found["detail"])


def test_an_upgrade_goes_on_with_the_model_of_the_package(product: Product, tmp_path: Path) -> None:
    library = tmp_path / "Music"
    write_library(library, 3)
    product.run("enqueue", library)
    make_it_the_formers(product)
    before = product.json("query")
    assert [row["model"] for row in before] == [FORMER] * 3

    assert f"takes the place of {FORMER}" in about_the_model(product)
    assert product.json("enqueue", "--dry-run", library)["model"] == DEFAULT_MODEL
    job = product.json("enqueue", library)
    assert (job["state"], job["done"]) == ("done", 3)

    assert about_the_model(product) == f"{DEFAULT_MODEL}, 10 genres"
    assert [row["model"] for row in product.json("query")] == [DEFAULT_MODEL] * 3
    assert product.json("query", "--model", FORMER) == before
    line = product.json("models", "history")[-1]
    assert (line["event"], line["model"], line["detail"]) == (
        "took_over",
        DEFAULT_MODEL,
        {"former": FORMER},
    )
