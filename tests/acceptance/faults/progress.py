"""Waiting in a test until work goes on."""

from sqlalchemy import select

from musicai.catalogue.session import reading
from musicai.catalogue.tables import Run
from tests.acceptance.product import Product, tracks_done
from tests.waiting import until


def goes_on(product: Product, patience_s: float = 60) -> None:
    """Wait until more than one handful has been done."""
    before = tracks_done(product)
    until(lambda: tracks_done(product) >= before + 24, "more tracks", patience_s)


def run_of(product: Product) -> Run:
    """Return the only training run."""
    engine = product.engine()
    with reading(engine) as session:
        run = session.scalars(select(Run)).one()
    engine.dispose()
    return run


def learns_on(product: Product, patience_s: float = 90) -> None:
    """Wait until some more epochs are done."""
    before = run_of(product).epoch
    until(lambda: run_of(product).epoch >= before + 2, "more epochs", patience_s)
