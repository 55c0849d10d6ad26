"""Batches of arrays in memory."""

import keras
import numpy as np

from zoo import backend
from zoo.errors import InputError


class Batches(keras.utils.PyDataset):
    """Full batches of a dict of arrays, shuffled anew in every pass; events that fill no batch wait for the next.

    The order depends on `seed` and on the number of the pass alone, so a training that resumes in epoch k sees what it
    would have seen. Of processes that train together each has its share of every batch.

    Arguments:
        arrays: dict of arrays with the same first length.
        batch_size: events in a batch.
        seed: seed of the order and of `augment`.
        augment: ``augment(batch, rng) -> batch``, such as an exact symmetry of the detector.
        length: batches in an epoch; by default an epoch is one pass.

    Raises InputError for fewer events than a batch takes.
    """

    def __init__(self, arrays, batch_size, seed, augment=None, length=None):
        super().__init__()
        self.arrays = arrays
        self.events = len(next(iter(arrays.values())))
        if self.events < batch_size:
            raise InputError(f"{self.events} events to train on, expected at least one batch of {batch_size}")
        self.batch_size = batch_size
        self.seed = seed
        self.augment = augment
        self.length = length or self.events // batch_size
        self.start(0)

    def start(self, epoch):
        """Go to the beginning of an epoch."""
        self.epoch = epoch
        self.shuffled = None

    def rest(self, index):
        """The batches of this epoch from the one at `index` on, for a training that stopped within it."""
        return _Rest(self, index)

    def on_epoch_end(self):
        self.start(self.epoch + 1)

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        number, position = divmod(self.epoch * self.length + index, self.events // self.batch_size)
        if number != self.shuffled:
            self.shuffled, self.order = number, np.random.default_rng([self.seed, number]).permutation(self.events)
        rows = self.order[position * self.batch_size : (position + 1) * self.batch_size]
        batch = {name: values[rows] for name, values in self.arrays.items()}
        if self.augment:
            batch = self.augment(batch, np.random.default_rng([self.seed, self.epoch, index]))
        return backend.share(batch)


class _Rest(keras.utils.PyDataset):
    def __init__(self, batches, first):
        super().__init__()
        self.batches, self.first = batches, first

    def __len__(self):
        return len(self.batches) - self.first

    def __getitem__(self, index):
        return self.batches[self.first + index]
