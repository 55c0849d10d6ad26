"""One trainer for networks with and without an opponent: a list of updates for each batch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
from keras import ops

from zoo import backend


@dataclass(frozen=True)
class Update:
    """One optimiser step on one network.

    Attributes:
        network: the network whose weights change.
        loss: ``loss(batch, seeds) -> {name: scalar}``; the gradient is that of the sum. `batch` is what the data set
            yields; `seeds` is a keras.random.SeedGenerator, from which all noise must be drawn.
        makes: ``makes(batch, seeds)``, what the network makes of them; then it is ``loss(batch, seeds, made)``.
        opponent: an update of another network, carried out between, on what was made: its loss takes the same, and its
            gradient stops there. Saves an opponent to have its own made.
    """

    network: keras.Model
    loss: Callable
    makes: Callable | None = None
    opponent: "Update | None" = None


class Trainer(backend.TrainStep):
    """Trains networks against each other with ``fit``: for every batch, each Update in turn.

    Arguments:
        optimizers: list of (network, optimizer).
        updates: list of Update, carried out in order; one may stand there several times. Its losses appear in the
            history under their names.
        seed: seed of all noise.
        average: a network of which a copy is kept. After each batch the copy's variables move towards those of the
            network, w' <- m w' + (1 - m) w, with m = min(momentum, (1 + t) / (10 + t)) after t batches, so that the
            first weights are soon forgotten (exponential moving average; Yazici et al., arXiv:1806.04498, equation 3).
        momentum: see average; with 0 there is no copy, and `averaged` is the network itself.
        opponent_first: so many batches at the start leave `average` as it is, while its opponent learns to judge it.

    ``save_weights`` and ``load_weights`` carry networks, optimisers, averages and the state of the noise: training
    continues bit for bit.
    """

    def __init__(self, optimizers, updates, seed, average=None, momentum=0.0, opponent_first=0, **kwargs):
        super().__init__(**kwargs)
        self.pairs = optimizers
        for network, optimizer in optimizers:
            optimizer.build(network.trainable_variables)
        self.networks = [network for network, _ in optimizers]
        self.optimizers = [optimizer for _, optimizer in optimizers]
        self.source = self.averaged = average
        self.momentum = momentum
        self.opponent_first = opponent_first
        if momentum:
            self.averaged = keras.models.clone_model(average)
            self.averaged.set_weights(average.get_weights())
        self.updates = updates
        self.seeds = keras.random.SeedGenerator(seed)
        layers = [layer for network in self.networks for layer in network.layers]
        self.dropouts = [layer.seed_generator for layer in layers if hasattr(layer, "seed_generator")]
        self.batches = self.add_weight(shape=(), initializer="zeros", trainable=False, name="batches")
        self.built = True

    def compile(self, jit=True, **kwargs):
        """`jit`: compile the updates through XLA."""
        self.steps = {id(update): backend.compiled_once(partial(self.apply, update), jit) for update in self.updates}
        self.move_averages = backend.compiled_once(self._average, jit)
        super().compile(optimizer=None, jit_compile=backend.JAX and jit, **kwargs)
        # Keras carries the state of `self.optimizer` from batch to batch, and asks nothing else of it.
        self.optimizer = _Optimizers(self.optimizers)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for name, seeds in self._random_states().items():
            store[name] = keras.ops.convert_to_numpy(seeds.state)  # Keras saves no state of random numbers

    def load_own_variables(self, store):
        states = self._random_states()
        for name, seeds in states.items():
            seeds.state.assign(store[name])
        super().load_own_variables({name: store[name] for name in store.keys() if name not in states})  # noqa: SIM118

    def _random_states(self):
        return {"seeds": self.seeds, **{f"dropout_{i}": seeds for i, seeds in enumerate(self.dropouts)}}

    def start_from(self, path):
        """Begin with the networks, averages and moments of another training's checkpoint; all else is this one's own.

        Learning rates, noise and the count of batches, by which an average forgets its first weights, are not taken.
        """
        rates = [float(optimizer.learning_rate) for optimizer in self.optimizers]
        noise = keras.ops.convert_to_numpy(self.seeds.state)
        self.load_weights(path)
        for optimizer, rate in zip(self.optimizers, rates, strict=True):
            if isinstance(optimizer.get_config()["learning_rate"], dict):  # a schedule, which counts the updates
                optimizer.iterations.assign(0)
            else:
                optimizer.learning_rate = rate
        self.seeds.state.assign(noise)
        self.batches.assign(0.0)

    def step(self, batch):
        """The updates on one batch; the losses by name."""
        logs: dict = {}
        for update in self.updates:
            logs |= self.steps[id(update)](batch)
        self.move_averages()
        return logs

    def apply(self, update, batch, *made):
        """One Update on one batch, with what its network `made` of it where another update did; the losses by name."""

        def loss():
            others = {}
            new = (update.makes(batch, self.seeds),) if update.makes else made
            if update.opponent:
                others = self.apply(update.opponent, batch, *keras.tree.map_structure(ops.stop_gradient, new))
            losses = update.loss(batch, self.seeds, *new)
            return sum(losses.values()), others | losses

        variables = update.network.trainable_variables
        assigned = [*self.variables, *(one for optimizer in self.optimizers for one in optimizer.variables)]
        _, losses, gradients = backend.value_and_gradients(loss, variables, assigned)
        if self.opponent_first and update.network is self.source:
            waits = ops.cast(self.batches >= self.opponent_first, "float32")
            gradients = [waits * gradient for gradient in gradients]
        next(optimizer for owner, optimizer in self.pairs if owner is update.network).apply(gradients, variables)
        return losses

    def _average(self):
        self.batches.assign_add(1.0)
        if not self.momentum:
            return
        momentum = ops.minimum(self.momentum, (1.0 + self.batches) / (10.0 + self.batches))
        for average, value in zip(self.averaged.weights, self.source.weights, strict=True):
            average.assign(value + momentum * (average - value))


class _Optimizers:
    built = True

    def __init__(self, optimizers):
        self.variables = [variable for optimizer in optimizers for variable in optimizer.variables]
