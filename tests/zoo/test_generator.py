import tracemalloc
import warnings
import zipfile

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.errors import InputError
from zoo.generator import Generator, dequantise, quantise, read_model, save
from zoo.sampler import Condition


@pytest.fixture(scope="module")
def generator(toy_model, toy_card):
    return Generator(toy_model, toy_card)


@pytest.fixture(scope="module")
def vector_generator(toy_card):
    """A model of a momentum and an energy that returns both, so that what arrives can be seen."""
    z, momentum, energy = (
        keras.Input((2,), name="z"),
        keras.Input((3,), name="momentum"),
        keras.Input((1,), name="energy"),
    )
    outputs = {"both": keras.layers.Concatenate()([momentum, energy]), "noise": keras.layers.Identity()(z)}
    bounds = [[-10, -10, 3], [10, 10, 100]]
    card = toy_card | {
        "name": "vector",
        "latent": {"z": 2},
        "conditions": {
            "momentum": {"unit": "GeV", "range": bounds, "shape": [3]},
            "energy": {"unit": "GeV", "range": [3, 101], "shape": []},
        },
        "outputs": {"both": {"shape": [4], "unit": "GeV"}, "noise": {"shape": [2], "unit": ""}},
    }
    return Generator(keras.Model([z, momentum, energy], outputs), card)


def assert_same(events, others, **tolerance):
    assert events.keys() == others.keys()
    for name in events:
        np.testing.assert_allclose(events[name], others[name], **{"rtol": 0, "atol": 0, **tolerance})


def test_events_have_the_names_shapes_and_type_of_the_card(generator):
    events = generator.sample(7, energy=50)
    assert {name: values.shape for name, values in events.items()} == {"layer_0": (7, 2, 3), "layer_1": (7, 4)}
    assert {values.dtype for values in events.values()} == {np.dtype(np.float32)}


def test_no_events_are_empty_arrays(generator):
    assert {values.shape for values in generator.sample(0, energy=50).values()} == {(0, 2, 3), (0, 4)}


def test_the_model_sees_standard_normal_noise_and_the_conditions(vector_generator, random):
    momentum = random.uniform(3, 10, (3000, 3)).astype(np.float32)
    energy = np.linspace(5, 100, 3000, dtype=np.float32)
    events = vector_generator.sample(3000, momentum=momentum, energy=energy)
    np.testing.assert_array_equal(events["both"], np.column_stack([momentum, energy]))
    assert events["noise"].mean() == pytest.approx(0, abs=4 / 6000**0.5)
    assert events["noise"].std() == pytest.approx(1, abs=4 / 12000**0.5)


def test_one_condition_stands_for_all_events(vector_generator):
    events = vector_generator.sample(3, momentum=(1, 2, 3), energy=4)
    np.testing.assert_array_equal(events["both"], [[1, 2, 3, 4]] * 3)


def test_the_seed_decides(generator):
    events = generator.sample(5, seed=1, energy=50)
    assert_same(events, generator.sample(5, seed=1, energy=[50] * 5))
    assert not np.allclose(events["layer_1"], generator.sample(5, seed=2, energy=50)["layer_1"])


@given(n=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 2**64))
def test_the_batch_size_does_not_matter(vector_generator, n, batch_size, seed):
    conditions = {"momentum": (1, 2, 3), "energy": np.linspace(5, 50, n)}
    events = vector_generator.sample(n, seed=seed, **conditions)
    assert_same(events, vector_generator.sample(n, seed=seed, batch_size=batch_size, **conditions))


def test_the_batch_size_changes_a_network_by_rounding_only(generator):
    events = generator.sample(50, energy=50)
    assert_same(events, generator.sample(50, energy=50, batch_size=16), rtol=1e-5, atol=1e-4)


def test_chunks_are_the_sample(generator):
    energy = np.linspace(1, 100, 25)
    chunks = list(generator.iterate(25, seed=3, batch_size=10, energy=energy))
    assert [len(chunk["layer_1"]) for chunk in chunks] == [10, 10, 5]
    joined = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    assert_same(joined, generator.sample(25, seed=3, batch_size=10, energy=energy))


def test_the_model_is_compiled_once_for_a_batch_size(toy_card):
    traces = []

    class Traced(keras.layers.Layer):
        def call(self, x):
            traces.append(x.shape)
            return x

    z = keras.Input((8,), name="z")
    card = toy_card | {"conditions": {}, "outputs": {"x": {"shape": [8], "unit": ""}}}
    generator = Generator(keras.Model({"z": z}, {"x": Traced()(z)}), card)
    traces.clear()
    generator.sample(25, batch_size=10)
    generator.sample(10, batch_size=10)
    assert traces == [(10, 8)]


def test_weights_that_change_between_calls_count(toy_model, toy_card):
    model = keras.models.clone_model(toy_model)
    generator = Generator(model, toy_card)
    before = generator.sample(5, energy=50.0)
    model.set_weights([2 * weight for weight in model.get_weights()])
    assert not np.allclose(generator.sample(5, energy=50.0)["layer_0"], before["layer_0"])


def test_memory_is_that_of_a_chunk(generator):
    energy = np.full(200_000, 50, np.float32)
    next(generator.iterate(2000, batch_size=1000, energy=50))
    tracemalloc.start()
    for _ in generator.iterate(200_000, batch_size=1000, energy=energy):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2e6  # noise and outputs of all 200,000 would be 14 MB


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "toy needs the conditions energy, got none"),
        ({"energy": 5, "charge": 1}, "needs the conditions energy, got charge, energy"),
        ({"energy": np.nan}, "energy is nan, expected a finite number"),
        ({"energy": [50, np.inf, 50]}, "energy is inf, expected a finite number"),
        ({"energy": [50, 0, 50]}, "energy is 0 GeV, expected more"),
        ({"energy": [50, -3, 50]}, "energy is -3 GeV, expected no negative number"),
        ({"energy": [50, 50]}, r"energy has shape \(2,\), expected \(\) for all events or \(3,\)"),
        ({"energy": [[50], [50], [50]]}, r"energy has shape \(3, 1\)"),
        ({"energy": "high"}, "energy is 'high', expected numbers"),
        ({"energy": None}, "energy is nan|energy is None, expected numbers"),
        ({"energy": 50, "n": -1}, "n is -1, expected at least 0"),
        ({"energy": 50, "n": 2.5}, "n is 2.5, expected a whole number"),
        ({"energy": 50, "n": None}, "n is None, expected a whole number"),
        ({"energy": 50, "seed": 1.5}, "seed is 1.5, expected a whole number"),
        ({"energy": 50, "first": -1}, "first is -1, expected at least 0"),
        ({"energy": 50, "first": 2**53}, "the last event is number 9007199254740995, expected at most"),
        ({"energy": 50, "seed": -1}, "seed is -1, expected at least 0"),
        ({"energy": 50, "batch_size": 0}, "batch_size is 0, expected at least 1"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(generator, conditions, message):
    for method in (generator.sample, generator.iterate):  # iterate too refuses before the first chunk is asked for
        with pytest.raises(InputError, match=message):
            method(**{"n": 3, **conditions})


def test_vectors_are_checked_by_component(vector_generator):
    vector_generator.sample(2, momentum=(-10, 0, 3), energy=3)
    with pytest.raises(InputError, match="momentum is -4 GeV, expected no negative number"):
        vector_generator.sample(2, momentum=(-4, 0, -4), energy=3)
    with pytest.raises(InputError, match=r"momentum has shape \(2,\), expected \(3,\) for all events or \(2, 3\)"):
        vector_generator.sample(2, momentum=(1, 2), energy=3)


def test_outside_the_range_of_the_training_warns_once_where_sample_is_called(generator):
    with pytest.warns(
        UserWarning, match="energy 150 GeV is outside the range of the training, 1.0 to 100.0 GeV"
    ) as caught:
        events = generator.sample(3, batch_size=1, energy=[50, 150, 0.5])
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(events["layer_0"]) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generator.sample(2, energy=[1, 100])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent": {"z": 9}}, r"inputs .*'z': \(9,\).*, the model has .*'z': \(8,\)"),
        ({"conditions": {}}, "inputs .*the model has .*energy"),
        ({"outputs": {"layer_0": {"shape": [2, 3], "unit": "MeV"}}}, "outputs .*the model has .*layer_1"),
    ],
)
def test_a_card_that_does_not_fit_the_model_is_refused(toy_model, toy_card, change, message):
    with pytest.raises(InputError, match=f"toy: the card declares the {message}"):
        Generator(toy_model, toy_card | change)


INPUTS = {"z": np.random.default_rng(1).standard_normal((50, 8), np.float32), "energy": np.full((50, 1), 3, np.float32)}


def outputs(model):
    return {name: keras.ops.convert_to_numpy(values) for name, values in model(INPUTS).items()}


def test_quantising_keeps_outputs_within_the_error_of_int8_and_dequantising_changes_nothing(toy_model, tmp_path):
    quantised = quantise(toy_model, minimum_size=200)
    assert {layer.name for layer in quantised.layers if layer.quantization_mode} == {"features"}
    quantised.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True, compile=False)
    assert loaded.get_layer("features").kernel.dtype == "int8"

    restored = dequantise(loaded)
    assert {weight.dtype for weight in restored.weights} == {"float32"}
    assert_same(outputs(restored), outputs(loaded), rtol=1e-4, atol=1e-5)
    for name, exact in outputs(toy_model).items():
        error = np.abs(outputs(restored)[name] - exact).max() / np.abs(exact).max()
        assert 0 < error < 0.02

    kernel = keras.ops.convert_to_numpy(toy_model.get_layer("features").kernel)
    off = np.abs(keras.ops.convert_to_numpy(restored.get_layer("features").kernel) - kernel)
    assert (off <= np.abs(kernel).max(axis=0) / 126.9).all()
    assert not (keras.ops.convert_to_numpy(loaded.get_layer("features").kernel) % 2).any()


def test_large_layers_in_bfloat16_are_a_little_off(toy_model, tmp_path):
    quantise(toy_model, minimum_size=200).save(tmp_path / "a.keras")
    exact, half = read_model(tmp_path / "a.keras"), read_model(tmp_path / "a.keras", dtype="bfloat16")
    assert half.get_layer("features").compute_dtype == "bfloat16"
    assert {layer.compute_dtype for layer in half.layers if layer.name != "features"} == {"float32"}
    for name, values in outputs(exact).items():
        error = np.abs(outputs(half)[name] - values).max() / np.abs(values).max()
        assert 0 < error < 0.02
    with pytest.raises(InputError, match="dtype is 'float16', expected float32 or bfloat16"):
        read_model(tmp_path / "a.keras", dtype="float16")


def test_quantising_leaves_the_model_it_copies_alone(toy_model):
    before = outputs(toy_model)
    quantise(toy_model, minimum_size=0)
    assert_same(outputs(toy_model), before)


def test_small_models_are_saved_exactly(toy_model, tmp_path):
    save(toy_model, tmp_path / "new" / "a.keras")
    assert_same(outputs(read_model(tmp_path / "new" / "a.keras")), outputs(toy_model))


def test_what_is_saved_is_compressed(toy_model, tmp_path):
    save(toy_model, tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as file:
        assert {part.compress_type for part in file.infolist()} == {zipfile.ZIP_DEFLATED}


def test_a_large_kernel_is_saved_in_a_quarter_of_the_size(tmp_path):
    z = keras.Input((1024,), name="z")
    save(keras.Model({"z": z}, {"x": keras.layers.Dense(1000, use_bias=False)(z)}), tmp_path / "a.keras")
    assert (tmp_path / "a.keras").stat().st_size < 1.1 * 1024 * 1000
    assert read_model(tmp_path / "a.keras").count_params() == 1024 * 1000


def test_what_is_not_a_model_or_holds_code_is_not_loaded(tmp_path):
    (tmp_path / "a.keras").write_bytes(b"not a zip file")
    with pytest.raises(InputError, match="a.keras: cannot be loaded as a Keras model"):
        read_model(tmp_path / "a.keras")
    z = keras.Input((2,), name="z")
    keras.Model({"z": z}, {"x": keras.layers.Lambda(lambda x: x)(z)}).save(tmp_path / "b.keras")
    with pytest.raises(InputError, match="b.keras: cannot be loaded"):
        read_model(tmp_path / "b.keras")


def test_a_vector_in_the_box_may_still_be_too_long_or_too_far_off_the_axis(vector_generator):
    spec = vector_generator.card["conditions"]["momentum"] | {"magnitude": [1, 10], "angle": [0, 45]}
    condition = Condition("momentum", spec | {"range": [[-10, -10, 0.1], [10, 10, 10]]})
    with pytest.warns(UserWarning, match="the magnitude 10.4403 GeV of momentum is outside the range"):
        condition.column((0, 3, 10), 1)
    with pytest.warns(UserWarning, match="the angle 63.4349 degrees of momentum is outside .* 0 to 45 degrees"):
        condition.column([(2, 0, 1), (0, 0, 1)], 2)
    assert condition.column((0, 0, 1), 2).tolist() == [[0, 0, 1]] * 2
