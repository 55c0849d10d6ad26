"""The page through a real Chromium: its events are Python's, and everybody can use it."""

import functools
import http.server
import os
import shutil
import threading
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import zoo
from docs import npm
from docs.browser import FILES, NAMES, build
from zoo import noise, registry
from zoo.data import distributions
from zoo.errors import InputError
from zoo.export import deviation

MODELS = ["calogan_piplus_plus", "ecal_gan", "top_pair_gan_plus", "tpc_gan", "rich_gan_pion_plus"]
HEAVY, LIGHT = MODELS[:2], MODELS[2:]
CHROMIUM = shutil.which("chromium")
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
OFFLINE += ["--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
COUNTED = 100  # events whose histograms are compared
BINS = 33  # of a picture, at most
MOVED = 0.01  # share of them that rounding may move to another bin


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The page with a model of each room; $ZOO_PAGE may name one that was built before."""
    pytest.importorskip("onnxruntime")
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    folder = Path(os.environ.get("ZOO_PAGE") or tmp_path_factory.mktemp("page"))
    try:
        return build(folder, MODELS)
    except InputError as error:
        if "npm" in str(error):
            pytest.skip(str(error))
        raise


@pytest.fixture(scope="module")
def address(folder):
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium(folder):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, address):
    """A function that opens the page of a model and waits for its first event; nothing may go wrong on the way."""
    pages, wrong = [], []
    own = address.rpartition("/")[0], "data:"

    def at(name):
        page = chromium.new_page(viewport=WIDE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(f"{request.url} failed"))
        page.on("request", lambda request: request.url.startswith(own) or wrong.append(request.url))
        page.goto(f"{address}#{name}")
        ready(page)
        pages.append(page)
        return page

    yield at
    for page in pages:
        page.close()
    assert wrong == []


@pytest.fixture(scope="module")
def modules(chromium, address):
    """A page whose modules are called."""
    page = chromium.new_page()
    page.goto(f"{address}#tpc_gan")
    ready(page)
    return page


def ready(page):
    page.wait_for_selector('#main[data-busy="false"]', timeout=120_000)


SAMPLED = """async ([name, seed, first, n, conditions]) => {
    const { eventOf, load, sample } = await import("./sampler.js");
    const { ROOMS } = await import("./rooms.js");
    const { bin } = await import("./counts.js");
    const about = await load(name);
    const flat = ([key, rows]) => [key, Float32Array.from(rows.flat())];
    const { outputs } = await sample(seed, first, n, Object.fromEntries(Object.entries(conditions).map(flat)));
    const { observe, panels, clamped } = ROOMS[about.room];
    const observed = Array.from({ length: n }, (_, i) => {
        const asked = Object.entries(conditions).map(([key, rows]) => [key, rows[i]]);
        return observe(eventOf(about, outputs, i, Object.fromEntries(asked)));
    });
    const counted = ({ name }) => {
        const { edges } = about.histograms[name];
        const found = new Array(edges.length - 1).fill(0);
        for (const at of observed.map((one) => bin(edges, one[name], clamped))) if (at >= 0) found[at]++;
        return [name, found];
    };
    const plain = ([key, all]) => [key, Array.from(all)];
    return [Object.fromEntries(Object.entries(outputs).map(plain)), Object.fromEntries(panels.map(counted))];
}"""


def sampled(page, name, seed, first, n, conditions):
    """Events by the page's modules, and the counts of the room's panels."""
    rows = {key: values.reshape(n, -1).tolist() for key, values in conditions.items()}
    outputs, counts = page.evaluate(SAMPLED, [name, seed, first, n, rows])
    shapes = {key: (n, *spec["shape"]) for key, spec in registry.read_card(name)["outputs"].items()}
    return {key: np.array(values, np.float32).reshape(shapes[key]) for key, values in outputs.items()}, counts


def room(name):
    return registry.read_card(name)["reproduction"].rpartition(".")[2]


def read(name):
    return distributions.read(registry.verified(name, "distributions.h5"))


def saved(name, n):
    """The conditions of the first saved events, {name: (n, ...)}."""
    conditions = read(name).conditions
    return {key: values[:n] for key, values in conditions.items()}


@pytest.mark.parametrize(
    ("seed", "first", "n", "size"), [(0, 0, 3, 1040), (1, 250, 300, 33), (2**40 + 3, 2**41, 5, 6), (7, 2**50 - 2, 4, 1)]
)
def test_noise_is_that_of_python(modules, seed, first, n, size):
    found = modules.evaluate(
        "async (given) => Array.from((await import('./noise.js')).normal(...given))", [seed, first, n, size]
    )
    expected = noise.normal(size).take(seed, first, n)
    np.testing.assert_array_max_ulp(np.array(found, np.float32).reshape(n, size), expected, 1)


@pytest.mark.parametrize("name", MODELS)
def test_eight_events_are_those_of_python(modules, name):
    generator = zoo.load(registry.CHECKOUT / name)
    conditions = saved(name, 8)
    found, _ = sampled(modules, name, 3, 252, 8, conditions)  # across the border of a block
    assert deviation(found, generator.sample(8, 3, first=252, **conditions)) < 1e-5
    assert deviation(found, generator.sample(8, 4, first=252, **conditions)) > 1e-2


@pytest.mark.parametrize("name", HEAVY)
def test_histograms_are_those_of_python(modules, name):
    conditions = saved(name, COUNTED)
    outputs, counts = sampled(modules, name, 1, 0, COUNTED, conditions)
    expected = histograms(name, {**conditions, **outputs})
    assert len(counts) >= 7
    for key, found in counts.items():
        assert sum(found) > 0
        assert np.abs(np.array(found) - expected[key]).sum() <= 2 * MOVED * COUNTED, key


def histograms(name, events):
    return import_module(f"reproductions.{room(name)}.observables").histograms(events)


ROWS = """(one) => Array.from(
    one.querySelectorAll("tbody tr"), (row) => Array.from(row.cells, (cell) => cell.textContent))"""


def table(page, figure):
    return page.evaluate(ROWS, figure)


@pytest.mark.parametrize("name", LIGHT)
def test_a_thousand_are_summed_beside_the_reference_as_in_python(opened, name):
    page = opened(name)
    page.click("#sum")
    ready(page)
    assert "1,000 events, " in page.text_content("#status") and "events per second" in page.text_content("#status")
    conditions = saved(name, 1000)
    events = zoo.load(registry.CHECKOUT / name).sample(1000, 1, **conditions)
    ours, theirs = histograms(name, {**conditions, **events}), read(name).reference
    panels = page.evaluate("import('./rooms.js').then(({ ROOMS }) => ROOMS)")[room(name)]["panels"]
    figures = page.query_selector_all("#histograms figure")
    assert len(figures) == len(panels) >= 7
    for figure, panel in zip(figures, panels, strict=True):
        rows = table(page, figure)
        factor = -(-len(theirs[panel["name"]]) // BINS)
        found, reference = (np.array([int(row[i]) for row in rows]) for i in (1, 3))
        starts = np.arange(0, len(theirs[panel["name"]]), factor)
        assert (reference == np.add.reduceat(theirs[panel["name"]], starts)).all()
        assert np.abs(found - np.add.reduceat(ours[panel["name"]], starts)).sum() <= 2 * MOVED * 1000


def test_what_is_drawn_is_the_event_of_python(opened):
    page = opened("tpc_gan")
    page.fill("#seed", "5")
    page.fill("#number", "41")
    page.fill("#control-dip_angle", "10.5")
    page.press("#control-dip_angle", "Enter")
    ready(page)
    page.click("#next")
    ready(page)
    asked = {"crossing_angle": 5, "dip_angle": 10.5, "drift_length": 120.5, "pad_coordinate": 31.25}
    said = ", ".join(f"{key}={value}" for key, value in asked.items())
    assert page.inner_text("#event code") == f'zoo.load("tpc_gan").sample(1, seed=5, first=42, {said})'
    expected = zoo.load(registry.CHECKOUT / "tpc_gan").sample(1, seed=5, first=42, **asked)["amplitude"][0]
    shown = [[float(cell) for cell in row[1:]] for row in table(page, page.query_selector("#event figure"))]
    np.testing.assert_allclose(shown, expected, rtol=5e-3, atol=1e-3)  # three digits are shown


def test_what_cannot_be_drawn_is_refused_in_the_page(opened):
    page = opened("tpc_gan")
    before = page.inner_text("#event h2")
    page.fill("#number", "-1")
    page.click("#draw")
    ready(page)
    assert page.inner_text("#event h2") == before
    assert page.evaluate("document.activeElement.id") == "number"


@pytest.mark.parametrize("name", MODELS)
def test_it_fits_wide_and_narrow_and_everybody_can_use_it(opened, axe, name, tmp_path):
    page = opened(name)
    if name in LIGHT:
        page.click("#sum")
        ready(page)
    shots = Path(os.environ.get("ZOO_SCREENSHOTS") or tmp_path)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.screenshot(path=shots / f"{name}_{size['width']}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.evaluate("document.querySelectorAll('#histograms details').forEach((one) => (one.open = true))")
    page.evaluate(axe)
    found = page.evaluate("axe.run({ exclude: ['rect'] }, { resultTypes: ['violations'] })")
    assert [(one["id"], [node["html"][:200] for node in one["nodes"][:2]]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20


def test_the_keyboard_reaches_everything_in_order_and_the_focus_shows(opened):
    page = opened("rich_gan_pion_plus")
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.type || document.activeElement.className"
            )
        )
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    controls = ["range", "control-P", "range", "control-eta", "range", "control-nspdhits"]
    assert reached[:12] == ["skip", "model", *controls, "seed", "number", "draw", "next"]
    page.keyboard.press("Enter")
    ready(page)
    assert page.evaluate("document.activeElement.tagName") != "BODY"  # a button that waits keeps the focus


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The source of axe, which finds what keeps people out."""
    return (npm.fetch("axe", tmp_path_factory.mktemp("axe")) / "axe.min.js").read_text()


def test_a_model_that_the_page_does_not_draw_is_refused(tmp_path):
    with pytest.raises(InputError, match="mfc_cgan: is not drawn by the page, expected some of calogan_gamma_plus"):
        build(tmp_path, ["mfc_cgan"])
    assert not any(tmp_path.iterdir())


def test_the_page_fetches_from_nowhere_else():
    page = Path(import_module("docs.browser").__file__).parent
    for name in FILES:
        assert "https://" not in (page / name).read_text() and "//cdn" not in (page / name).read_text(), name


def test_all_models_that_it_draws_are_there():
    assert set(NAMES) <= set(zoo.list_models())
