import pytest

from musicai.whole_file import replacing


def test_a_block_that_ends_well_replaces_the_file(tmp_path):
    file = tmp_path / "new" / "a.json"
    for content in ("one", "two"):
        with replacing(file) as part:
            part.write_text(content)
            assert not file.exists() or file.read_text() == "one"
        assert file.read_text() == content
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("error", [OSError("no room"), KeyboardInterrupt()])
def test_a_block_that_fails_leaves_the_former_file_alone(tmp_path, error):
    file = tmp_path / "a.json"
    file.write_text("former")
    with pytest.raises(type(error)):
        _fail_half_way(file, error)
    assert file.read_text() == "former"
    assert list(tmp_path.iterdir()) == [file]


def _fail_half_way(file, error):
    with replacing(file) as part:
        part.write_text("half")
        raise error
