import json
import struct
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import zoo
from zoo.data.files import sha256
from zoo.errors import InputError
from zoo.export import deviation, export, graph, run_onnx, session, side_by_side
from zoo.export.c import symbol
from zoo.generator import Generator

onnx = pytest.importorskip("onnx")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow exports")
# The wheel of onnxruntime has no headers; Debian has them in libonnxruntime-dev.
HEADERS = [Path(__file__).parents[2] / "fakes" / "onnxruntime"]
HEADERS += [path.parent for path in Path("/usr/include").glob("onnxruntime/**/onnxruntime_cxx_api.h")]


@pytest.fixture(scope="module")
def generator(toy_model, toy_card):
    return Generator(toy_model, toy_card)


@pytest.fixture(scope="module")
def exported(generator, tmp_path_factory):
    return generator.export(tmp_path_factory.mktemp("onnx") / "toy")


def golden_of(folder):
    """The arrays of golden.bin by name, as model.json says they stand."""
    about = json.loads((folder / "model.json").read_text())
    sizes = {one["name"]: one["columns"] for one in about["inputs"]}
    sizes |= {one["name"]: int(np.prod(one["shape"])) for one in about["outputs"]}
    numbers, found, first = np.fromfile(folder / "golden.bin", "<f4"), {}, 0
    for name in about["golden"]["order"]:
        stop = first + about["golden"]["events"] * sizes[name]
        found[name] = numbers[first:stop].reshape(about["golden"]["events"], -1)
        first = stop
    assert first == len(numbers)
    return found


def test_the_folder_explains_itself(exported, generator):
    about = json.loads((exported / "model.json").read_text())
    assert about["inputs"] == [
        {"name": "z", "columns": 8, "law": "independent standard normal numbers"},
        {"name": "energy", "columns": 1, "unit": "GeV", "low": 1.0, "high": 100.0},
    ]
    assert [one["shape"] for one in about["outputs"]] == [[2, 3], [4]]
    assert about["golden"]["deviation"] <= 1e-5
    assert about["files"] == {
        name: sha256(exported / name)
        for name in ("CMakeLists.txt", "example.cpp", "golden.bin", "model.onnx", "par04.txt")
    }
    golden = golden_of(exported)
    again = generator.sample(8, 1, energy=golden["energy"][:, 0])
    for name, values in again.items():
        np.testing.assert_allclose(golden[name], values.reshape(8, -1), rtol=1e-5, atol=1e-5)


def test_the_graph_has_the_names_order_units_and_batch_axis(exported):
    proto = onnx.load(exported / "model.onnx")
    assert [one.version for one in proto.opset_import if not one.domain] == [17]
    assert [one.name for one in proto.graph.input] == ["z", "energy"]
    assert [one.name for one in proto.graph.output] == ["layer_0", "layer_1"]
    axes = {one.type.tensor_type.shape.dim[0].dim_param for one in (*proto.graph.input, *proto.graph.output)}
    assert axes == {"batch"}
    properties = {one.key: one.value for one in proto.metadata_props}
    assert properties["name"] == "toy"
    assert json.loads(properties["inputs"])[1]["unit"] == "GeV"
    axes = ["rows", "columns"]
    assert json.loads(properties["outputs"])[0] == {"name": "layer_0", "shape": [2, 3], "unit": "MeV", "axes": axes}


@pytest.mark.parametrize("opset", [13, 18])
def test_flat_has_one_input_and_one_output(generator, tmp_path, opset):
    folder = generator.export(tmp_path / "flat", layout="flat", opset=opset)
    golden = golden_of(folder)
    model = session(folder / "model.onnx")
    rows = np.column_stack([golden["z"], golden["energy"]])
    (found,) = model.run(["output"], {"input": rows})
    np.testing.assert_allclose(found, np.column_stack([golden["layer_0"], golden["layer_1"]]), rtol=1e-4, atol=1e-4)
    assert (folder / "par04.txt").read_text().count("setSizeLatentVector 8") == 1


@pytest.mark.parametrize("headers", HEADERS, ids=["fakes", "genuine"][: len(HEADERS)])
def test_the_example_runs_in_cpp(generator, tmp_path, headers):
    """Built by its CMakeLists.txt against the library of the wheel."""
    import onnxruntime

    folder = generator.export(tmp_path / "model")
    (library,) = (Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")
    (tmp_path / "ort" / "lib").mkdir(parents=True)
    (tmp_path / "ort" / "lib" / "libonnxruntime.so").symlink_to(library)
    (tmp_path / "ort" / "lib" / "libonnxruntime.so.1").symlink_to(library)  # the name it is linked by
    (tmp_path / "ort" / "include").symlink_to(headers)
    build = ["cmake", "-S", folder, "-B", tmp_path / "build", f"-DONNXRUNTIME={tmp_path / 'ort'}"]
    for command in (build, ["cmake", "--build", tmp_path / "build"]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([tmp_path / "build" / "example", folder], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("toy: 8 events, off by ")

    with (folder / "golden.bin").open("r+b") as file:
        file.seek(-4, 2)
        file.write(struct.pack("<f", 1e6))
    assert subprocess.run([tmp_path / "build" / "example", folder], capture_output=True).returncode == 1


def compiled(folder, *options):
    command = ["gcc", *options[:-1], str(folder / "example.c"), "-o", str(folder / "example"), *options[-1]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return subprocess.run([folder / "example", folder], capture_output=True, text=True)


def test_a_saved_model_runs_in_c(generator, tmp_path):
    import tensorflow

    place = Path(tensorflow.__file__).parent
    folder = generator.export(tmp_path / "model", format="savedmodel")
    libraries = [str(place / f"libtensorflow_{name}.so.2") for name in ("cc", "framework")]
    done = compiled(folder, f"-I{place / 'include'}", [*libraries, f"-Wl,-rpath,{place}", "-lm"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("toy: 8 events, off by ")


def test_c_runs_without_any_library(generator, tmp_path):
    folder = generator.export(tmp_path / "model", format="c")
    done = compiled(folder, "-std=c99", "-Wall", "-Werror", str(folder / "toy.c"), ["-lm"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("toy: 8 events, off by ")
    symbols = subprocess.run(["nm", "-g", "--defined-only", folder / "example"], capture_output=True, text=True).stdout
    assert " T toy\n" in symbols
    assert not [line for line in symbols.splitlines() if "weight" in line]  # two models fit into a program


def test_kernels_are_stored_in_fewer_bytes(tmp_path):
    z = keras.Input((512,), name="z")
    card = {"name": "wide", "title": "Wide", "summary": "", "paper": {}, "latent": {"z": 512}, "conditions": {}}
    card["outputs"] = {"x": {"shape": [400], "unit": ""}}
    generator = Generator(keras.Model({"z": z}, {"x": keras.layers.Dense(400, name="wide")(z)}), card)
    sizes, off = {}, {}
    for dtype in ("float32", "float16", "int8"):
        folder = generator.export(tmp_path / dtype, dtype=dtype)
        sizes[dtype] = (folder / "model.onnx").stat().st_size
        off[dtype] = json.loads((folder / "model.json").read_text())["golden"]["deviation"]
    assert sizes["float32"] > 1.9 * sizes["float16"] > 3.5 * sizes["int8"]
    assert off["float32"] < 1e-6 < off["float16"] < off["int8"] < 2e-2


def test_an_int8_kernel_is_the_one_of_the_keras_file(tmp_path):
    from zoo.generator import dequantise, quantise

    z = keras.Input((512,), name="z")
    model = dequantise(quantise(keras.Model({"z": z}, {"x": keras.layers.Dense(400, name="wide")(z)})))
    card = {"name": "wide", "title": "Wide", "summary": "", "paper": {}, "latent": {"z": 512}, "conditions": {}}
    card["outputs"] = {"x": {"shape": [400], "unit": ""}}
    folder = Generator(model, card).export(tmp_path / "int8", dtype="int8")
    assert json.loads((folder / "model.json").read_text())["golden"]["deviation"] < 1e-6


def test_negative_indices_are_no_category():
    """ONNX takes the last for -1: a tenth of RICH's tracks would be of a wrong kind."""
    z = keras.Input((3,), name="z")
    index = keras.ops.cast(keras.ops.floor(z), "int32")
    model = keras.Model({"z": z}, {"x": keras.ops.one_hot(index, 4)})
    card = {"name": "hot", "title": "", "summary": "", "paper": {}, "latent": {"z": 3}, "conditions": {}}
    generator = Generator(model, card | {"outputs": {"x": {"shape": [3, 4], "unit": ""}}})
    inputs = np.array([[-1.0, 0.0, 3.0], [4.0, -2.0, 1.0]], np.float32)
    found = run_onnx(session(graph.convert(generator, 17).SerializeToString()), generator, {"z": inputs})["x"]
    np.testing.assert_array_equal(found, model({"z": inputs})["x"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "root"}, "format is 'root', expected onnx, savedmodel, c"),
        ({"layout": "wide"}, "layout is 'wide', expected named, flat"),
        ({"opset": 9}, "opset is 9, expected 13, 14, 15, 16, 17, 18"),
        ({"dtype": "float64"}, "dtype is 'float64', expected float32, float16, int8"),
        ({"dtype": "int8"}, "toy: no kernel is large enough to be stored as int8"),
        ({"format": "c", "dtype": "int8"}, "which only ONNX stores"),
        ({"format": "savedmodel", "layout": "flat"}, "which a SavedModel does not have"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(generator, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export(generator, tmp_path / "model", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_kept(generator, tmp_path):
    with pytest.raises(InputError, match="exists already, expected a new folder"):
        generator.export(tmp_path)


def test_a_model_that_differs_from_keras_is_not_written(generator, tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.export.run_onnx", lambda *_: {"layer_0": np.ones((8, 2, 3)), "layer_1": np.ones((8, 4))})
    with pytest.raises(InputError, match="toy: what was exported is off by .* of the largest value"):
        generator.export(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_operations_that_onnx_lacks_are_a_sentence(toy_card, tmp_path):
    z = keras.Input((8,), name="z")
    found = keras.ops.cast(
        keras.ops.searchsorted(np.linspace(-1, 1, 5, dtype=np.float32), keras.ops.reshape(z, (-1,))), "float32"
    )
    card = toy_card | {"conditions": {}, "outputs": {"x": {"shape": [8], "unit": ""}}}
    generator = Generator(keras.Model({"z": z}, {"x": keras.ops.reshape(found, (-1, 8))}), card)
    with pytest.raises(InputError, match=r"toy: is no valid ONNX \(.*UpperBound|LowerBound"):
        generator.export(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named(generator, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(InputError, match=r"the export needs tf2onnx: pip install 'hep-generative-zoo\[export\]'"):
        generator.export(tmp_path / "model")


def test_names_are_symbols_of_c():
    assert symbol("top-pair.gan") == "top_pair_gan"
    assert symbol("3d") == "_3d"


NAMES = sorted(card.parent.name for card in zoo.registry.CHECKOUT.glob("*/card.json"))


def inputs_for(generator, n):
    """Noise and conditions uniform in the ranges of the training, of a vector in their box."""
    noise = zoo.sampler.split(generator.noise(n, 5), generator.card["latent"])
    random, asked = np.random.default_rng(5), generator.conditions.items()
    return noise | {name: random.uniform(one.low, one.high, (n, one.size)).astype(np.float32) for name, one in asked}


@pytest.mark.parametrize("name", NAMES)
def test_a_released_model_is_the_same_in_onnx_runtime(name):
    generator = zoo.load(zoo.registry.CHECKOUT / name)
    proto = graph.convert(generator, 17)
    onnx.checker.check_model(proto, full_check=True)
    model = session(proto.SerializeToString())
    flat = session(graph.flat(proto, graph.inputs_of(generator), generator.shapes).SerializeToString())
    scale: dict = {}  # of a single event, values may be small by chance or by cancellation
    for n in (1000, 7, 1):
        inputs = inputs_for(generator, n)
        expected = {name: np.asarray(values) for name, values in generator._run(inputs).items()}
        found = run_onnx(model, generator, inputs)
        assert found.keys() == expected.keys()
        far = np.zeros(n, bool)
        for key, values in expected.items():
            assert found[key].shape == values.shape
            scale.setdefault(key, np.abs(values).max())
            far |= (np.abs(found[key] - values) > 1e-5 * scale[key]).reshape(n, -1).any(axis=1)
        # A number at the edge of a category or a threshold may fall to its other side: rarely.
        assert far.sum() <= n // 500
        if n == 7:
            assert deviation(run_onnx(flat, generator, inputs), found) < 1e-6


@pytest.mark.parametrize("name", ["tpc_gan", "rich_gan_kaon_plus", "mfc_cgan", "mfc_cgan_plus", "top_pair_gan_plus"])
def test_small_released_models_are_the_same_in_c(name, tmp_path):
    folder = zoo.load(zoo.registry.CHECKOUT / name).export(tmp_path / name, format="c")
    done = compiled(folder, "-std=c99", "-O1", str(folder / f"{name}.c"), ["-lm"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_large_models_are_not_written_as_c(tmp_path):
    generator = zoo.load(zoo.registry.CHECKOUT / "top_pair_gan")
    with pytest.raises(InputError, match="has 2.* weights, expected at most 500000 for C: export it as ONNX"):
        generator.export(tmp_path / "model", format="c")


def test_side_by_side_keeps_events_apart():
    rows = side_by_side({"a": np.arange(8).reshape(2, 2, 2), "b": np.array([8, 9])})
    np.testing.assert_array_equal(rows, [[0, 1, 2, 3, 8], [4, 5, 6, 7, 9]])
