"""Everything that differs between TensorFlow and JAX."""

import ctypes
import sys

import keras
import numpy as np

from zoo.errors import InputError

if keras.backend.backend() not in ("tensorflow", "jax"):
    raise ImportError(f"the zoo runs on KERAS_BACKEND=tensorflow or jax, not on {keras.backend.backend()}")
JAX = keras.backend.backend() == "jax"


def value_and_gradients(loss, variables, others=()):
    """Call ``loss() -> (scalar, extras)`` and return ``(scalar, extras, gradients)`` with respect to `variables`.

    Arguments:
        loss: a function of no arguments, in keras.ops, which may read and assign variables.
        variables: list of keras variables to differentiate by.
        others: the variables that `loss` may assign (moving averages, seeds); `variables` among them are ignored. JAX
            needs them to carry the assignments out of the gradient.
    """
    if not JAX:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            value, extras = loss()
        return value, extras, tape.gradient(value, [v.value for v in variables], unconnected_gradients="zero")

    import jax

    differentiated = {id(v) for v in variables}
    constants = [(v, v.value) for v in others if id(v) not in differentiated]

    def stateless(values):
        mapping = constants + list(zip(variables, values, strict=True))
        with keras.StatelessScope(state_mapping=mapping) as scope:
            value, extras = loss()
        return value, (extras, [scope.get_current_value(v) for v, _ in constants])

    (value, (extras, updates)), gradients = jax.value_and_grad(stateless, has_aux=True)([v.value for v in variables])
    for (variable, _), update in zip(constants, updates, strict=True):
        variable.assign(update)
    return value, extras, gradients


def normal(shape, seeds):
    """Normal numbers, those of ``keras.random.normal`` with a SeedGenerator.

    Keras leaves the generator to XLA, which takes Philox too, but thirty times as long as where it is asked for.
    """
    if JAX:
        return keras.random.normal(shape, seed=seeds)
    import tensorflow as tf

    return tf.random.stateless_normal(shape, _seed(seeds), alg="philox")


def dropout(x, rate, seeds):
    """`x` with a share `rate` of zeros and the rest enlarged: ``keras.random.dropout``, at the cost of `normal`."""
    if JAX:
        return keras.random.dropout(x, rate, seed=seeds)
    import tensorflow as tf

    return tf.nn.experimental.stateless_dropout(x, rate, _seed(seeds), rng_alg="philox")


def _seed(seeds):
    """The next seed as Keras gives it to TensorFlow."""
    return keras.ops.cast(keras.ops.mod(seeds.next(), 2**31 - 2), "int32")


def input_gradients(function, inputs):
    """``(function(inputs), gradients)``: the outputs (n, 1) and the gradient of each by its own event of `inputs`.

    It may stand inside the loss of `value_and_gradients`: the gradients are differentiable.
    """
    if not JAX:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(inputs)
            outputs = function(inputs)
        return outputs, tape.gradient(outputs, inputs)

    import jax

    outputs, pull_back = jax.vjp(function, inputs)
    return outputs, pull_back(keras.ops.ones_like(outputs))[0]


class TrainStep(keras.Model):
    """A keras.Model whose ``step(batch) -> metrics``, in keras.ops, serves as ``train_step`` of either backend."""

    def train_step(self, *arguments):
        if not JAX:
            return self.step(*arguments)
        state, batch = arguments
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )
        mapping = [
            pair for group, values in zip(groups, state, strict=True) for pair in zip(group, values, strict=True)
        ]
        batch = keras.tree.map_structure(keras.ops.convert_to_tensor, batch)  # without jit they are numpy's
        with keras.StatelessScope(state_mapping=mapping) as scope:
            logs = self.step(batch)
            state = tuple([scope.get_current_value(v) for v in group] for group in groups)
        return logs, state


def compiled_once(function, jit):
    """`function` for use inside a training step: with `jit` compiled through XLA once, however often a step calls it.

    JAX compiles the whole step instead.
    """
    if JAX:
        return function
    import tensorflow as tf

    return tf.function(function, jit_compile=jit, autograph=False)


def join():
    """Become one of the processes that KERAS_DISTRIBUTION_NUM_PROCESSES and its kind tell of; whether it is the first.

    Before any other work of JAX. Raises InputError with another backend.
    """
    if not JAX:
        raise InputError("KERAS_DISTRIBUTION_NUM_PROCESSES is set, expected KERAS_BACKEND=jax with it")
    keras.distribution.initialize()
    return first()


def distribute(devices):
    """Let networks that are made from now on share every batch among so many `devices`, of all processes; 1: none.

    The loss is that of the whole batch, whatever of it looks at several events. Raises InputError for devices that are
    not there.
    """
    if not JAX and devices > 1:
        raise InputError(f"--devices is {devices}, expected KERAS_BACKEND=jax for more than one")
    if not JAX:
        return
    distribution = None
    if devices > 1:
        there = keras.distribution.list_devices()
        if len(there) < devices:
            virtual = f"XLA_FLAGS=--xla_force_host_platform_device_count={devices} makes them of a processor"
            raise InputError(f"--devices is {devices}, and there are {', '.join(there)}: {virtual}")
        distribution = keras.distribution.DataParallel(devices=there[:devices], auto_shard_dataset=False)
    keras.distribution.set_distribution(distribution)


def share(batch):
    """What of a batch, arrays (n, ...) by name, is this process's: the others have the rest."""
    if not JAX or keras.distribution.distribution() is None:
        return batch
    import jax

    return {name: np.split(values, processes())[jax.process_index()] for name, values in batch.items()}


def processes():
    """How many processes train together."""
    if not JAX:
        return 1
    import jax

    return jax.process_count()


def first():
    """Whether this process is the first of those that train together, the one that writes."""
    if not JAX:
        return True
    import jax

    return jax.process_index() == 0


def part():
    """Wait until all processes that train together have come here; networks that are made then are this one's own."""
    if not JAX:
        return
    from jax.experimental import multihost_utils

    if processes() > 1:
        multihost_utils.sync_global_devices("trained")
    keras.distribution.set_distribution(None)


def synchronise(model):
    """Bring the variables of a `model` in training up to date within an epoch, where JAX keeps them elsewhere."""
    if JAX:
        model.jax_state_sync()


def callbacks(folder):
    """Callbacks of one backend only: with TensorFlow its logs for TensorBoard in `folder`, and KeepMemory."""
    return [] if JAX else [keras.callbacks.TensorBoard(folder, write_graph=False), KeepMemory()]


class KeepMemory(keras.callbacks.Callback):
    """Lets the process keep freed memory, as glibc would on its own.

    TensorFlow's generator data set makes malloc hand every freed block back to the system at once; the page faults then
    take a seventh of the time of a training step with large temporaries.
    """

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0 and sys.platform == "linux":
            libc = ctypes.CDLL(None)
            if hasattr(libc, "mallopt"):
                M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
                libc.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
                libc.mallopt(M_MMAP_MAX, 0)
