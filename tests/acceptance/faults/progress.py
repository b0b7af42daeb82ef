"""Waiting in a test until work goes on."""

from sqlalchemy import select

from musicai.catalogue.tables import Run
from tests.acceptance.product import Product, tracks_done
from tests.waiting import PATIENCE_S, until


def goes_on(product: Product, tracks: int = 24, patience_s: float = PATIENCE_S) -> None:
    """Wait until so many more tracks are done: more than a handful, which may have been in hand before."""
    before = tracks_done(product)
    until(lambda: tracks_done(product) >= before + tracks, "more tracks", patience_s)


def run_of(product: Product) -> Run:
    """Return the only training run."""
    with product.look() as session:
        return session.scalars(select(Run)).one()


def learns_on(product: Product) -> None:
    """Wait until some more epochs are done."""
    before = run_of(product).epoch
    until(lambda: run_of(product).epoch >= before + 2, "more epochs")
