"""Trainings that share batches among devices: ``python -m tests.fakes.shared_training FOLDER DEVICES ...``.

For each number of devices the losses of networks that look at whole batches, as JSON in the last line, and a run in
FOLDER/DEVICES.
"""

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops

from tests.fakes import toy_room
from zoo import backend
from zoo.layers import MinibatchDiscrimination
from zoo.losses import energy_distance
from zoo.losses.mmd import gaussian, squared_mmd
from zoo.training.batches import Batches
from zoo.training.trainer import Trainer, Update


def networks():
    """A generator of three numbers from two, with a batch normalisation, and a critic that compares events."""
    z, x = keras.Input((2,)), keras.Input((3,))
    made = keras.layers.Dense(3)(keras.layers.BatchNormalization()(keras.layers.Dense(8, "tanh")(z)))
    features = keras.layers.Dense(6, "tanh")(x)
    alike = MinibatchDiscrimination(4, 3)(features)
    judged = keras.layers.Dense(1)(keras.layers.Dropout(0.2)(keras.layers.Concatenate()([features, alike])))
    return keras.Model(z, made), keras.Model(x, judged)


def train(devices, seed=1):
    """The losses of each batch, {name: [one, ...]}, the weights afterwards, and on how many devices they are."""
    backend.distribute(devices)
    keras.utils.set_random_seed(seed)
    generator, critic = networks()

    def events(batch, seeds):
        return generator(keras.random.normal((len(batch["x"]), 2), seed=seeds), training=True)

    def separate(batch, seeds):
        made = critic(events(batch, seeds), training=True)
        return {"critic": ops.mean(ops.softplus(made)) + ops.mean(ops.softplus(-critic(batch["x"], training=True)))}

    def approach(batch, seeds):
        made = events(batch, seeds)
        return {
            "game": ops.mean(ops.softplus(-critic(made, training=True))),
            "mmd": squared_mmd(batch["x"], made, gaussian, 1.0),
            "energy distance": energy_distance(batch["x"], made),
        }

    adam = keras.optimizers.Adam
    trainer = Trainer(
        [(critic, adam(0.01)), (generator, adam(0.01))], [Update(critic, separate), Update(generator, approach)], seed
    )
    trainer.compile()
    x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    losses = Losses()
    trainer.fit(Batches({"x": x}, 16, seed), epochs=3, shuffle=False, verbose=0, callbacks=[losses])
    where = getattr(generator.weights[0].value, "sharding", None)
    return {
        "losses": losses.found,
        "weights": [weight.tolist() for weight in generator.get_weights()],
        "devices": len(where.device_set) if where else 1,
    }


class Losses(keras.callbacks.Callback):
    """Every loss of every batch."""

    def __init__(self):
        super().__init__()
        self.found = {}

    def on_train_batch_end(self, batch, logs=None):
        for name, value in logs.items():
            self.found.setdefault(name, []).append(float(value))


if __name__ == "__main__":
    if "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ:
        backend.join()
    found = []
    for devices in map(int, sys.argv[2:]):
        found.append(train(devices))
        toy_room.train(toy_room.Config(out=Path(sys.argv[1]) / str(devices), devices=devices))
    print("\n" + json.dumps(found))
