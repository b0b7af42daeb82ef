"""The models of one worker process, loaded once each."""

from functools import lru_cache

from musicai.config import StorePlace
from musicai.errors import ModelError, NodeFaultError, NotFoundError
from musicai.models.inference import Classifier, load_classifier
from musicai.models.store import find


@lru_cache(maxsize=2)  # the active model and, while a job of the one before still runs, that one
def load_model(name: str, digest: str, store: StorePlace) -> Classifier:
    """Return a classifier; ModelError when this node's files are not those that the catalogue means.

    Parameters
    ----------
    digest: of all that decides its answers, as the catalogue has it.

    Raises
    ------
    NodeFaultError: this node has no such model, or cannot reach the store; another one may.
    """
    try:
        folder = find(name, store)
    except NotFoundError as err:
        raise NodeFaultError(
            f"{err}; copy it into {store}, or cancel the job and enqueue its folders again"
        ) from err
    classifier = load_classifier(folder)
    if classifier.side_car.answers_digest != digest:
        raise ModelError(
            f"model {name!r} on this node is not the one that the catalogue means, its weights or its "
            "side-car were changed: copy the model store or update musicai"
        )
    return classifier
