"""From trained networks to a model's folder."""

from typing import Any

from torch import nn

from musicai import __version__
from musicai.models.networks import build
from musicai.models.radial import RadialNetwork
from musicai.models.side_car import Architecture, Calibration, SideCar
from musicai.models.weights import write_model
from musicai.training.dataset import split_digest
from musicai.training.plan import Experiment
from musicai.training.recipe import Recipe


def write_outcome(
    experiment: Experiment,
    members: list[nn.Module],
    genres: tuple[str, ...],
    calibration: Calibration,
    figures: dict[str, Any],
) -> SideCar:
    """Write the networks as one model, with all that is known about it."""
    network, architecture = assemble(experiment, members, len(genres))
    lists = (experiment.train_list, experiment.valid_list)
    trained_on = lists if experiment.use_all else lists[:1]
    return write_model(
        experiment.out,
        network,
        lambda digest: SideCar(
            name=experiment.name,
            architecture=architecture,
            front_end=experiment.front_end,
            genres=genres,
            calibration=calibration,
            weights_sha256=digest,
            data={
                "set": experiment.data_set,
                "weights_trained_on": [file.stem for file in trained_on],
                "metrics_weights_trained_on": [experiment.train_list.stem],
                "metrics_measured_on": experiment.valid_list.stem,
                "splits_sha256": {file.stem: split_digest(file) for file in lists},
            },
            metrics=figures,
            training={
                "first_seed": experiment.first_seed,
                "recipes": [recipe.to_json() for recipe in experiment.recipes],
            },
            code_version=__version__,
            terms=experiment.terms,
        ),
    )


def assemble(
    experiment: Experiment, members: list[nn.Module], genres: int
) -> tuple[nn.Module, Architecture]:
    """Join networks that were trained apart; one alone stays as it is."""
    each: list[dict[str, Any]] = [
        {"name": recipe.architecture, "arguments": _arguments(recipe, member), "weight": recipe.weight}
        for recipe, member in zip(experiment.recipes, members, strict=True)
    ]
    if len(members) == 1:
        return members[0], Architecture(each[0]["name"], each[0]["arguments"])
    arguments = {"members": each, "familiar": experiment.familiar}
    network = build("committee", arguments, n_mels=experiment.front_end.n_mels, genres=genres)
    for place, member in zip(network.get_submodule("members").children(), members, strict=True):
        place.load_state_dict(member.state_dict())
    return network, Architecture("committee", arguments)


def _arguments(recipe: Recipe, member: nn.Module) -> dict[str, Any]:
    if isinstance(member, RadialNetwork):
        return {**recipe.arguments, "centres": member.output.in_features}
    return dict(recipe.arguments)
