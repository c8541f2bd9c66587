"""What every trained model is: its folder's form, and the same refusals whatever it learned."""

import pytest

import deepen
from deepen.errors import FolderError
from deepen.forecasting.model import Forecaster
from deepen.language.model import Writer
from deepen.language.translator import Translator
from deepen.matches.board_player import BoardPlayer
from deepen.model import Model
from deepen.pretraining.features.model import Features
from deepen.reinforcement.model import Player
from deepen.tagging.model import Tagger
from deepen.trained import Trained, versions

FORMS = (Model, BoardPlayer, Features, Forecaster, Player, Writer, Translator, Tagger)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    x = [[float(n), float(n % 3)] for n in range(60)]
    model = deepen.train(x, ["a" if n % 2 else "b" for n in range(60)], steps=1, size="tiny")
    return model.save(tmp_path_factory.mktemp("kept") / "model")


def test_forms_differ_and_are_known_to_load():
    from deepen.verbs.load import FORMS as KNOWN

    assert len({form.FORM for form in FORMS}) == len(FORMS)
    assert {form.FORM: (form.__module__, form.__name__) for form in FORMS if form.FORM} == KNOWN


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_folder_of_another_form_is_refused_by_name(form, folder):
    with pytest.raises(FolderError, match=f"{form.FOREIGN}; came: a table's.*deepen.load"):
        form.load(folder)


def test_a_folder_kept_elsewhere_is_the_same_model(folder):
    model = deepen.load(folder)
    files = model.to_files()
    assert set(files) == {p.name for p in folder.iterdir()}
    assert files["weights.safetensors"] == (folder / "weights.safetensors").read_bytes()
    again = Model.from_files(files)
    assert (again.raw([[1.0, 2.0]]) == model.raw([[1.0, 2.0]])).all()
    with pytest.raises(FolderError, match="weights.safetensors"):
        Model.from_files({**files, "weights.safetensors": b"torn"})


def test_what_it_was_made_with_stands_in_the_folder(folder):
    from deepen.compute.folders import read_json

    data = read_json(folder / "model.json")
    assert data["versions"] == versions() and data["format"] == Model.FORMAT
    assert "form" not in data, "folders of tables are read by older versions too"


def test_the_base_alone_is_no_model():
    with pytest.raises(TypeError, match="abstract"):
        Trained(net=None)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_printed_is_one_line(form):
    assert form.__repr__ is Trained.__repr__


def test_the_line_says_what_it_is_and_how_good(folder):
    model = deepen.load(folder)
    head, _, score = repr(model).partition("; ")
    assert head.startswith("<Model: ") and head.endswith(" parameters")
    assert score == f"{model.score}>"
    assert "\n" not in repr(model)
