"""Batches of arrays in memory."""

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Full batches of a dict of arrays, shuffled anew in every epoch; events that fill no batch wait for the next.

    The order depends on `seed` and on the number of the epoch alone, so a training that resumes in epoch k sees what it
    would have seen.

    Arguments:
        arrays: dict of arrays with the same first length.
        batch_size: events in a batch.
        seed: seed of the order and of `augment`.
        augment: ``augment(batch, rng) -> batch``, such as an exact symmetry of the detector.
    """

    def __init__(self, arrays, batch_size, seed, augment=None):
        super().__init__()
        self.arrays = arrays
        self.events = len(next(iter(arrays.values())))
        self.batch_size = batch_size
        self.seed = seed
        self.augment = augment
        self.start(0)

    def start(self, epoch):
        """Go to the beginning of an epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, self.epoch]).permutation(self.events)

    def on_epoch_end(self):
        self.start(self.epoch + 1)

    def __len__(self):
        return self.events // self.batch_size

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = {name: values[rows] for name, values in self.arrays.items()}
        if self.augment:
            batch = self.augment(batch, np.random.default_rng([self.seed, self.epoch, index]))
        return batch
