"""A training of two weights in the folder of a run: all that zoo.training.runs does, at once."""

import dataclasses
from functools import partial

import keras
import numpy as np
from keras import ops

from zoo.cli import flag
from zoo.training import runs
from zoo.training.batches import Batches
from zoo.training.settings import LENGTH, Settings
from zoo.training.trainer import Trainer, Update


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """Two epochs of three batches."""

    epochs: int = flag(2, "", LENGTH)
    batch_size: int = flag(4, "")
    average: float = flag(0.9, "")
    jit: bool = flag(False, "")

    @property
    def name(self):
        return "toy"


def train(config, callback=None):
    """Train as `config` says. A Keras `callback`, if given, stands before those of the run."""
    history = runs.begin(config)
    layer = keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(2.0), name="layer")
    inputs = keras.Input((1,), name="z")
    network = keras.Model(inputs, layer(inputs), name="network")

    def loss(batch, seeds):
        noise = keras.random.normal(ops.shape(batch["x"]), seed=seeds)
        return {"distance": ops.mean((network(noise) - batch["x"]) ** 2)}

    optimizers = [(network, keras.optimizers.Adam(0.1))]
    trainer = Trainer(optimizers, [Update(network, loss)], config.seed, network, config.average)
    x = np.random.default_rng(0).normal(size=(14, 1)).astype(np.float32)
    if callback:
        trainer.fit = partial(with_callback, trainer.fit, callback)
    batches = Batches({"x": x}, config.batch_size, config.seed)
    runs.fit(trainer, batches, config, history, lambda: trainer.averaged.get_weights()[0].item(), trainer.averaged)


def with_callback(fit, callback, *arguments, callbacks, **options):
    """``fit`` with one callback more."""
    return fit(*arguments, callbacks=[callback, *callbacks], **options)
