import keras
import numpy as np
import pytest

from reproductions.rich_gan import data
from reproductions.rich_gan.constants import CONDITIONS, DLLS, NO_INFORMATION
from reproductions.rich_gan.coordinates import Paper
from reproductions.rich_gan.ours import Hypotheses, category


@pytest.fixture(scope="module", params=[Paper, Hypotheses])
def system(request, kaons):
    return request.param(kaons)


def graph(system):
    """The model told, coordinates -> DLLs, and the model conditions [, category] -> told."""
    inputs = {name: keras.Input((1,), name=name) for name in (*CONDITIONS, *system.noise)}
    told = keras.Input((len(CONDITIONS) + system.labels,), name="told")
    coordinates = keras.Input((system.size,), name="coordinates")
    back = keras.Model({"told": told, "coordinates": coordinates}, system.dlls(coordinates, told))
    return keras.Model(inputs, system.tell(inputs)), back


def columns(tracks, names):
    return {name: tracks[name][:, None] for name in names}


def test_coordinates_turn_back_into_dlls(system, kaons):
    few = data.take(kaons, slice(2000))
    _, back = graph(system)
    found = back({"told": system.told(few), "coordinates": system.forward(few)})
    for name in DLLS:
        off = np.abs(np.array(found[name]) - few[name])
        # beyond the tables' ends values are those of the ends
        assert np.quantile(off, 0.98) < 0.02 + 1e-3 * np.abs(few[name]).max(), name


def test_ties_come_back_to_the_bit(kaons):
    system, few = Hypotheses(kaons), data.take(kaons, slice(2000))
    _, back = graph(system)
    found = {n: np.array(v) for n, v in back({"told": system.told(few), "coordinates": system.forward(few)}).items()}
    np.testing.assert_array_equal(category(found), category(few))
    np.testing.assert_array_equal(found["RichDLLe"] == NO_INFORMATION, ~data.informed(few))
    assert ((found["RichDLLp"] == found["RichDLLbt"]) == (few["RichDLLp"] == few["RichDLLbt"])).all()


def test_coordinates_hold_what_the_dlls_before_do_not_tell(kaons):
    """Just above its threshold the proton's DLL is nearly that of "below threshold", the coordinates are not."""
    system = Hypotheses(kaons)
    chosen = system.used(kaons).all(axis=1) & (kaons["P"] < 21e3)
    assert np.corrcoef(kaons["RichDLLp"][chosen], kaons["RichDLLbt"][chosen])[0, 1] > 0.95
    _, _, bt, _, p = system.forward(kaons)[chosen].T
    assert abs(np.corrcoef(p, bt)[0, 1]) < 0.5


def test_single_dlls_are_normal_at_each_momentum(kaons):
    system = Hypotheses(kaons)
    chosen = (kaons["P"] > 20e3) & (kaons["P"] < 40e3) & system.used(kaons).all(axis=1)
    few = data.take(kaons, np.flatnonzero(chosen))
    scores = np.array(system.single(keras.ops.convert_to_tensor(data.matrix(few)), system.told(few)))
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(scores.std(axis=0), 1, atol=0.15)
    slow = data.take(kaons, np.flatnonzero((kaons["P"] < 5e3) & data.informed(kaons)))
    scores = np.array(system.single(keras.ops.convert_to_tensor(data.matrix(slow)), system.told(slow)))
    assert (scores[:, 2:4] == 0).all()  # kaons and protons are below threshold
    assert (scores[:, 0] != 0).any()


def test_coordinates_are_normal_scores(system, kaons):
    scores, used = system.forward(kaons), system.used(kaons) > 0
    for d in range(system.size):
        found = scores[used[:, d], d]
        assert abs(np.median(found)) < 0.1
        if isinstance(system, Hypotheses):  # the papers' have bands of equal values
            assert found.std() == pytest.approx(1, abs=0.1)
    assert (scores[~used] == 0).all()


def test_the_graph_tells_the_network_what_numpy_does(system, kaons):
    few = data.take(kaons, slice(500))
    tell, _ = graph(system)
    rng = np.random.default_rng(1)
    noise = {name: rng.normal(size=(500, size)).astype(np.float32) for name, size in system.noise.items()}
    found = np.array(tell({**columns(few, CONDITIONS), **noise}))
    np.testing.assert_allclose(found[:, :3], system.told(few)[:, :3], atol=1e-4)
    assert found.shape == (500, 3 + system.labels)


def test_categories_are_drawn_as_often_as_they_are(kaons):
    system = Hypotheses(kaons)
    tell, _ = graph(system)
    noise = np.random.default_rng(2).normal(size=(8000, 1)).astype(np.float32)
    labels = np.array(tell({**columns(kaons, CONDITIONS), "category": noise}))[:, 3:]
    drawn = np.where(labels.any(axis=1), 1 + labels.argmax(axis=1), 0)
    for number, (found, expected) in enumerate(
        zip(np.bincount(drawn, minlength=6), np.bincount(category(kaons), minlength=6), strict=True)
    ):
        assert abs(found - expected) < 5 * np.sqrt(expected + 10), number
    # thresholds are sharp: where P decides, the category is the track's own
    slow = (kaons["P"] < 9000) & (kaons["eta"] < 4)
    assert (drawn[slow] == category(kaons)[slow]).mean() > 0.97


def test_category_counts_hypotheses_above_threshold():
    table = {
        "RichDLLe": [-999, 5, 5, 5, 5, 5],
        "RichDLLmu": [-999, 0, 2, 2, 2, 2],
        "RichDLLk": [-999, 0, 0, -4, -3, -3],
        "RichDLLp": [-999, 0, 0, -4, -4, -2],
        "RichDLLbt": [-999, 0, 0, -4, -4, -4],
    }
    np.testing.assert_array_equal(category({n: np.array(v, np.float32) for n, v in table.items()}), range(6))
