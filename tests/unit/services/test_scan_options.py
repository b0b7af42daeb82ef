"""The options of a scan survive the database, whatever the names."""

import json

from hypothesis import given
from hypothesis import strategies as st

from musicai.services.scan_options import ScanOptions, Target

PATH = st.binary(max_size=20).map(lambda path: path.replace(b"\0", b""))
GLOB = PATH.map(lambda path: path.decode("utf-8", "surrogateescape"))


@given(st.lists(PATH), st.lists(GLOB), st.booleans(), st.booleans(), st.booleans())
def test_options_survive_json(paths, globs, follow_symlinks, force, whole):
    targets = tuple(Target(number, path) for number, path in enumerate(paths))
    options = ScanOptions(targets, tuple(globs), follow_symlinks, force, whole)
    text = json.dumps(options.to_json(), ensure_ascii=False)
    text.encode()  # no lone surrogate
    assert ScanOptions.from_json(json.loads(text)) == options


def test_keys_of_others_are_passed_over():
    values = ScanOptions((Target(1),)).to_json()
    assert ScanOptions.from_json({**values, "priority": "high"}) == ScanOptions((Target(1),))
