import dataclasses

import numpy as np
import pytest
from keras import ops

from reproductions.calogan import critic, data, train
from reproductions.calogan.config import Config
from zoo.errors import InputError
from zoo.training import runs

SMALL = Config(events=40, epochs=1, batch_size=8, latent_size=4, score_every=1, jit=False, opponent="critic")


def test_cells_are_seen_on_a_logarithmic_scale_and_shapes_in_units_of_the_sample():
    showers = data.load(None, "eplus", 200)
    sight, gev = critic.sight(showers), data.in_gev(showers)
    seen = ops.convert_to_numpy(sight(gev, gev["energy"]))
    assert seen.shape == (200, critic.ALL + critic.NUMBERS)
    np.testing.assert_allclose(seen.mean(axis=0), 0.0, atol=2e-3)
    correlated = [np.corrcoef(column, np.log(showers["energy"]))[0, 1] for column in seen.T if column.std() > 0.01]
    assert np.abs(correlated).max() < 0.01
    assert 0.5 < np.median(seen[:, critic.ALL :].std(axis=0)) < 1.0
    # what lies between two showers of one energy is what lies between their cells
    pair = {name: values[:2] for name, values in gev.items()} | {"energy": np.full((2, 1), 50.0, np.float32)}
    first, second = ops.convert_to_numpy(sight(pair, pair["energy"]))[:, : critic.ALL]
    cells = np.log1p(1e5 * np.concatenate([pair[name].reshape(2, -1) for name in data.SHAPES], axis=1))
    np.testing.assert_allclose(second - first, cells[1] - cells[0], atol=1e-3)


def test_the_critic_judges_pairs_of_the_same_energy(tmp_path):
    config = dataclasses.replace(SMALL, iterations_per_epoch=3, critic_steps=3, generator_steps=1, out=tmp_path / "run")
    generator = train.train(config)
    (row,) = runs.read_history(config.folder)
    assert {"real", "generated", "gradient", "trick", "energy"} <= row.keys()
    assert generator.card["name"] == "calogan_piplus_plus"
    trainer, _ = train.build(config, train.load(config)["train"])
    *judged, taught = trainer.updates
    assert [update.network.name for update in trainer.updates] == ["critic"] * 3 + ["generator"]
    showers = data.in_gev({name: values[:8] for name, values in train.load(config)["train"].items()})
    batch = {name: ops.convert_to_tensor(values) for name, values in showers.items()}
    for update in (judged[0], taught):
        inputs, *_ = update.makes(batch, trainer.seeds)
        np.testing.assert_array_equal(inputs["energy"], batch["energy"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"particle": ("eplus", "gamma")}, "--opponent critic compares showers of one particle, expected one"),
        ({"reuse": True}, "--reuse is of the paper's discriminator, expected no --opponent critic"),
    ],
)
def test_the_critic_is_of_one_particle_and_makes_its_own_showers(changes, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(SMALL, **changes)
