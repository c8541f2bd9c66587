import json

import pytest

from deepen.learning.recipe import Recipe
from deepen.learning.recipes import epochs_wanted, recipes_for
from deepen.nets.sizes import dial
from deepen.shapes import Codes, Grid, Vector

TABLE = {"numbers": Vector(4), "codes": Codes((3,))}
GREY, COLOUR = {"image": Grid(1, 28, 28)}, {"image": Grid(3, 32, 32)}


@pytest.mark.parametrize("shapes", [TABLE, GREY, COLOUR, {**TABLE, **COLOUR}])
@pytest.mark.parametrize("rows", [30, 500, 5000, 50_000, 5_000_000])
@pytest.mark.parametrize("task", ["two classes", "many classes", "several labels", "number"])
def test_there_is_a_recipe_for_all_and_it_survives_json(shapes, rows: int, task: str) -> None:
    recipe = recipes_for(shapes, rows, task)[0]
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert recipe.epochs_wanted <= recipe.most_epochs
    assert dial(recipe.net.size) <= dial(recipe.largest)
    assert recipe.batch == 2 ** (recipe.batch.bit_length() - 1)


def test_only_pictures_that_keep_their_meaning_are_mirrored() -> None:
    for mirror in (False, True):
        recipe = recipes_for(COLOUR, 1000, "many classes", mirror=mirror)[0]
        assert (recipe.augmentation.flip, recipe.mirror) == (mirror, mirror)
    assert not recipes_for(TABLE, 1000, "number", mirror=True)[0].mirror


def test_few_rows_have_members_and_keep_the_last_weights() -> None:
    few, many = recipes_for(TABLE, 300, "two classes")[0], recipes_for(TABLE, 30_000, "two classes")[0]
    assert (few.net.members, few.by) == (16, None)
    assert (many.net.members, many.by) == (1, "loss")


def test_fewer_pictures_want_more_passes_within_bounds() -> None:
    wanted = [epochs_wanted(rows) for rows in (100, 5000, 50_000, 10**7)]
    assert wanted == sorted(wanted, reverse=True)
    assert (wanted[0], wanted[2], wanted[-1]) == (80.0, 16.0, 12.0)


@pytest.mark.parametrize(
    ("rows", "task", "steps"),
    [(25, "two classes", 100), (100, "many classes", 400), (1500, "two classes", 400), (25, "number", 50),
     (100, "number", 200), (500, "number", 1000), (1500, "number", 1000)],
)  # fmt: skip
def test_few_rows_want_few_steps(rows: int, task: str, steps: int) -> None:
    recipe = recipes_for(TABLE, rows, task)[0]
    assert round(recipe.epochs_wanted * max(1, rows // recipe.batch)) == steps
