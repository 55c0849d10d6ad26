"""A discriminator of CaloGAN that is built at once."""

import keras

from reproductions.calogan import data


def small_discriminator(particles=1):
    """Stands in for the discriminator, whose hundreds of operations take a minute to trace; test_model.py tests it."""
    inputs = {name: keras.Input(shape, name=name) for name, shape in data.SHAPES.items()}
    inputs["energy"] = keras.Input((1,), name="energy")
    features = keras.layers.Concatenate()([keras.layers.Flatten()(value) for value in inputs.values()])
    features = keras.layers.BatchNormalization()(features)
    outputs = {"real": keras.layers.Dense(1)(features)}
    if particles > 1:
        outputs["particle"] = keras.layers.Dense(particles)(features)
    return keras.Model(inputs, outputs)
