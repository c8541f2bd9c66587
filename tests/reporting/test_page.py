"""The page as a file: whole, safe, small and accessible, as far as that can be told without a browser."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from deepen.errors import FolderError
from deepen.evaluation import Mistakes
from deepen.reporting.material import Material
from deepen.reporting.page import MOST, PICTURES, render, write
from deepen.reporting.sections import SECTIONS

from .conftest import (
    ARABIC,
    EMOJI,
    HEBREW,
    HOSTILE,
    QUOTED,
    SCRIPT,
    counts,
    evaluation,
    image,
    mistake,
    model,
    picture,
)

VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """Elements, attributes and texts of a page; a tag that is not closed is a mistake."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.stack: list[str] = []
        self.headless: list[str] = []
        self.feed(page)
        self.close()
        assert not self.stack, self.stack

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute stands twice: {attrs}"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] in self.inside:
            self.inside[self.stack[-1]].append(data)
        else:
            self.texts.append(data)

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def text(self) -> str:
        return "".join(self.texts)


@pytest.fixture(scope="module")
def text():
    from .conftest import checked, fan, seen, study

    return render(
        Material(
            model=model(fans=[fan(SCRIPT).to_dict()], sample=f"ROMEO: {SCRIPT}\n" + 900 * "a", counts=counts()),
            evaluation=evaluation(), study=study(), seen=seen(), checked=checked(),
            seen_pictures={"level-1.png": picture(1, side=400), "probes.png": picture(2)},
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_every_section_shows_something(everything, page):
    names = [section(everything).name for section in SECTIONS]
    assert len(set(names)) == len(SECTIONS)
    assert [attributes["id"] for attributes in page.of("section")] == names
    assert [a["href"] for a in page.of("a") if a["href"] != "#main"] == [f"#{name}" for name in names]


def test_names_stand_as_text_and_never_as_elements(text, page):
    for name in HOSTILE:
        assert name.replace("\x00\x07", "") in page.text, name
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), "no control character"
    assert len(page.inside["script"]) == 1 and "alert" not in page.inside["script"][0]
    assert text.count("<script") == 1
    assert not [a for _, a in page.tags for name in a if name.startswith("on")], "no handler in the markup"
    assert not [a for a in page.of("img") if not str(a["src"]).startswith("data:image/")]
    for name in (SCRIPT, QUOTED, ARABIC, HEBREW, EMOJI):
        assert name in page.text


def test_nothing_is_fetched(page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "action", "srcset", "poster", "data", "background"):
            if attributes.get(name) is not None:
                assert attributes[name].startswith(("#", "data:")), (tag, name, attributes[name])
        assert "style" not in attributes, "which the policy would not let through"
    for words in (*page.inside["style"], *page.inside["script"]):
        assert "url(" not in words and "http" not in words and "@import" not in words and "fetch" not in words


def test_the_policy_names_this_style_and_this_script(page):
    metas = page.of("meta")
    (policy,) = [m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for name in ("style", "script"):
        (words,) = page.inside[name]
        found = base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{found}'" in policy
    order = [tag for tag, _ in page.tags]
    assert (
        order.index("style") > order.index("meta")
        and metas.index(next(m for m in metas if m.get("http-equiv"))) == 1
    ), "before everything that it rules"


def test_ids_are_unique_and_references_lead_somewhere(page):
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name, ids[0]) in ids
        if (attributes.get("href") or "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_it_can_be_read_by_ear_and_by_keyboard(page):
    assert page.of("html")[0]["lang"] == "en" and page.of("title")
    assert all(a.get("alt") for a in page.of("img"))
    charts = [a for a in page.of("svg") if a.get("role") == "img"]
    assert charts and all(a.get("aria-labelledby") or a.get("aria-label") for a in charts)
    assert len(page.of("caption")) == len(page.of("table")) > 5
    assert {a.get("scope") for a in page.of("th")} == {"col", "row"}
    assert all(
        a.get("tabindex") == "0" and a.get("aria-label") for a in page.of("div") if a.get("class") == "scroll"
    )
    heads = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert heads[0] == 1 and heads.count(1) == 1 and all(b <= a + 1 for a, b in itertools.pairwise(heads))


def test_every_number_tells_how_it_was_computed(page):
    assert (
        page.text.count("How this was computed") >= len(SECTIONS) - 2
    )  # findings and versions are not computed here
    assert "Wilson" in page.text and "resampling" in page.text


def test_pictures_are_whole(page):
    images = [a["src"] for a in page.of("img")]
    assert len(images) == 2, (
        "the picture of a mistake and that of a level; probes are drawn, other mistakes are no pictures"
    )
    for source in images:
        data = base64.b64decode(source.split(",", 1)[1], validate=True)
        with Image.open(io.BytesIO(data)) as image:
            image.load()


def test_long_texts_are_cut_but_samples_are_not(page):
    assert 900 * "a" in page.text
    long = Page(render(Material(model={"notes": [5000 * "b"]}))).text
    assert "b" * 599 + "…" in long and "b" * 600 not in long


@pytest.mark.parametrize(
    "given",
    [
        {}, {"form": "forecast"}, {"form": "language", "sample": ""}, {"scores": {}},
        {"form": "tags", "schema": {"targets": ["t"], "task": "tags"}}, {"about": {}, "schema": None, "notes": None},
        {"history": {"moments": [], "events": [], "ended": "complete"}},
        {"form": "yet to come", "scores": {"test": {"measures": {}, "labels": [], "confusion": [], "part": "test"}}},
    ],
)  # fmt: skip
def test_what_a_folder_lacks_is_left_out(given):
    page = Page(render(Material(model=given)))
    assert page.of("section")[0]["id"] == "summary"
    assert "not scored" in page.text


def test_the_pictures_of_levels_are_left_out_first_and_it_is_said():
    def noise(seed):
        rng = np.random.default_rng(seed)
        with io.BytesIO() as file:
            Image.fromarray(rng.integers(0, 256, (260, 260, 3), dtype=np.uint8)).save(file, "PNG")
            return file.getvalue()

    pictures = {f"{k:02d}.png": noise(k) for k in range(12)}
    wrong = Mistakes(tuple(mistake(image(data)) for data in pictures.values()), 12, 99)
    material = Material(
        model=model(), evaluation=evaluation(mistakes=wrong),
        seen={"pictures": {name: f"picture {name}" for name in pictures}}, seen_pictures=pictures,
    )  # fmt: skip
    page = render(material)
    found = Page(page)
    sources = [a["src"] for a in found.of("img")]
    assert 12 < len(sources) < 24 and sum(map(len, sources)) <= PICTURES
    assert {a["alt"] for a in found.of("img")[:12]} == {"An example of a, answered as b"}, "mistakes are kept"
    left = 24 - len(sources)
    assert f"{left} more pictures of levels are left out to keep this page small." in found.text
    assert f"Left out: {left} pictures of levels." in found.text
    assert [a["alt"] for a in found.of("img")[12:]] == [f"picture {k:02d}.png" for k in range(12 - left)], (
        "the last first"
    )
    assert len(page.encode()) < 500_000


def test_half_a_letter_does_no_harm(tmp_path):
    material = Material(model={"about": {"source": "caf\udce9.png"}, "sample": "a\ud800\nb"})
    text = write(material, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "caf\ufffd.png" in text and "a\ufffd\nb" in text


def test_a_picture_that_is_none_is_told():
    broken = evaluation(mistakes=Mistakes((mistake(image(b"no")),), 1, 2))
    found = Page(render(Material(evaluation=broken)))
    assert not found.of("img") and "1 could not be read." in found.text


def test_it_is_never_over_two_megabytes():
    names = [f"{k:04d}" + 3000 * "<" for k in range(1500)]
    columns = [{"name": name, "kind": "k", "role": "input", "why": 3000 * "&"} for name in names]
    big = model()
    big["schema"] = {**big["schema"], "columns": columns, "warnings": names, "targets": names}
    big["notes"] = names
    classes = [{"name": name, "train": 1, "valid": 1, "test": 1} for name in names]
    big["counts"] = {"classes": classes}
    page = render(Material(model=big))
    assert len(page.encode()) <= MOST
    Page(page)


def test_it_is_written_whole_or_not_at_all(tmp_path):
    place = tmp_path / "deep" / "page.html"
    assert write(Material(), place) == place
    assert [p.name for p in place.parent.iterdir()] == ["page.html"]
    Page(place.read_text(encoding="utf-8"))
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match="file"):
        write(Material(), tmp_path / "file" / "page.html")


def _luminance(colour: str) -> float:
    colour = colour.removeprefix("#")
    colour = "".join(2 * c for c in colour) if len(colour) == 3 else colour
    parts = [int(colour[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _mixed(over: str, under: str, share: float) -> str:
    def full(c: str) -> str:
        c = c.removeprefix("#")
        return "".join(2 * x for x in c) if len(c) == 3 else c

    pairs = ((int(full(over)[k : k + 2], 16), int(full(under)[k : k + 2], 16)) for k in (0, 2, 4))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def test_colours_stand_out_in_light_dark_and_print(page):
    (style,) = page.inside["style"]
    schemes = [dict(re.findall(r"--(\w+):(#\w+)", block)) for block in re.findall(r":root\{([^}]*)\}", style)]
    assert len(schemes) == 3
    for scheme in schemes:
        for name in ("ink", "soft", "link"):
            for under in ("paper", "raised"):
                assert _contrast(scheme[name], scheme[under]) >= 4.5, (name, under, scheme)
        for k in range(7):  # graphics: WCAG 2.2, 1.4.11
            assert _contrast(scheme[f"c{k}"], scheme["paper"]) >= 3, (k, scheme)
        for name in ("cell", "wrong"):
            for share in (0.09, 0.4, 0.75):
                under = _mixed(scheme[name], scheme["paper"], share)
                assert _contrast(scheme["ink"], under) >= 4.5, (name, share, scheme)


def test_the_style_heeds_print_motion_and_dark(page):
    (style,) = page.inside["style"]
    for rule in (
        "prefers-color-scheme:dark",
        "prefers-reduced-motion:reduce",
        "@media print",
        "max-width:560px",
    ):
        assert rule in style
    assert len(page.inside["script"][0]) < 6000
