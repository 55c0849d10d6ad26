"""A two-weight GAN: everything that the trainer does can be followed by hand."""

import csv

import keras
import numpy as np
import pytest
from keras import ops

from zoo.errors import NotFinite
from zoo.training.batches import Batches
from zoo.training.callbacks import Checkpoint, EpochLogs, History, Progress, Score
from zoo.training.trainer import Trainer, Update


def small_gan(seed=3, momentum=0.0, learning_rate=0.1, steps=2, opponent_first=0):
    """Generator z -> w z, critic x -> v x, both with SGD; weights start at 2 and 3."""
    networks = []
    for name, weight in (("generator", 2.0), ("critic", 3.0)):
        inputs = keras.Input((1,))
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(weight))
        networks.append(keras.Model(inputs, layer(inputs), name=name))
    generator, critic = networks

    def separate(batch, seeds):
        z = keras.random.normal(ops.shape(batch["x"]), seed=seeds)
        return {"real": -ops.mean(critic(batch["x"])), "fake": ops.mean(critic(generator(z + 1.0)))}

    def trick(batch, seeds):
        return {"trick": -ops.mean(critic(generator(ops.ones_like(batch["x"]))))}

    trainer = Trainer(
        [(critic, keras.optimizers.SGD(learning_rate)), (generator, keras.optimizers.Adam(learning_rate))],
        [Update(critic, separate)] + [Update(generator, trick)] * steps,
        seed,
        generator,
        momentum,
        opponent_first,
    )
    return trainer, generator, critic


def batches(epoch=0):
    x = np.random.default_rng(0).normal(size=(20, 1)).astype(np.float32)
    dataset = Batches({"x": x}, batch_size=5, seed=1)
    dataset.start(epoch)
    return dataset


def fit(trainer, epochs, first=0, callbacks=(), jit=False, steps=None):
    trainer.compile(jit=jit)
    return trainer.fit(
        batches(first),
        epochs=epochs,
        initial_epoch=first,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[EpochLogs(), *callbacks],
    )


def values(trainer):
    return [np.array(v) for v in trainer.variables] + [np.array(v) for o in trainer.optimizers for v in o.variables]


def test_each_update_moves_its_own_network_only():
    trainer, generator, critic = small_gan(steps=0)
    fit(trainer, 1)
    assert generator.get_weights()[0].item() == 2.0
    assert critic.get_weights()[0].item() != 3.0


def test_a_generator_waits_while_its_opponent_learns():
    trainer, generator, critic = small_gan(opponent_first=4)
    fit(trainer, 1)  # four batches
    assert generator.get_weights()[0].item() == 2.0
    assert critic.get_weights()[0].item() != 3.0
    fit(trainer, 2, first=1)
    assert generator.get_weights()[0].item() != 2.0


def test_updates_follow_the_gradient_in_order_and_as_often_as_listed():
    trainer, generator, critic = small_gan(learning_rate=0.1, steps=2)
    trainer.compile(jit=False)
    x = np.full((5, 1), 7.0, np.float32)
    z = np.array(keras.random.normal((5, 1), seed=keras.random.SeedGenerator(3))) + 1.0
    trainer.step({"x": ops.convert_to_tensor(x)})
    # critic: v - 0.1 d/dv (-<v x> + <v w z>); Adam moves w by the learning rate in each of two equal steps
    assert critic.get_weights()[0].item() == pytest.approx(3.0 - 0.1 * (-7.0 + 2.0 * z.mean()), rel=1e-5)
    assert generator.get_weights()[0].item() == pytest.approx(2.0 + 2 * 0.1, rel=1e-4)


@pytest.mark.parametrize("jit", [False, True])
def test_an_opponent_learns_between_from_what_was_made(jit):
    """Generator w z and critic v x, w = 2, v = 3, z = 1, rates 0.1: first v = 3 - 0.1 * 2, then w = 2 + 0.1 v."""
    _, generator, critic = small_gan()

    def makes(batch, seeds):
        return generator(ops.ones((4, 1)))

    opponent = Update(critic, lambda batch, seeds, made: {"fake": ops.mean(critic(made))})
    update = Update(generator, lambda batch, seeds, made: {"trick": -ops.mean(critic(made))}, makes, opponent)
    trainer = Trainer([(network, keras.optimizers.SGD(0.1)) for network in (generator, critic)], [update], seed=1)
    logs = fit(trainer, 1, jit=jit, steps=1).history
    assert critic.get_weights()[0].item() == pytest.approx(2.8)
    assert generator.get_weights()[0].item() == pytest.approx(2.28)
    assert (logs["fake"], logs["trick"]) == ([pytest.approx(6.0)], [pytest.approx(-5.6)])


@pytest.mark.parametrize("jit", [False, True])
def test_resumes_bit_for_bit(tmp_path, jit):
    straight, *_ = small_gan(momentum=0.9)
    fit(straight, 4, jit=jit)
    first, *_ = small_gan(momentum=0.9)
    fit(first, 2, callbacks=[Checkpoint(tmp_path / "checkpoint.weights.h5")], jit=jit)
    second, *_ = small_gan(seed=99, momentum=0.9)
    second.load_weights(tmp_path / "checkpoint.weights.h5")
    fit(second, 4, first=2, jit=jit)
    for expected, found in zip(values(straight), values(second), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_average_follows_the_formula():
    trainer, generator, _ = small_gan(momentum=0.15)
    average = trainer.averaged
    expected = 2.0
    trainer.compile(jit=False)
    for t in range(1, 4):
        trainer.step({"x": ops.ones((5, 1))})
        momentum = min(0.15, (1 + t) / (10 + t))
        expected = momentum * expected + (1 - momentum) * generator.get_weights()[0].item()
        assert average.get_weights()[0].item() == pytest.approx(expected, rel=1e-5)


def test_history_holds_the_mean_losses_of_an_epoch():
    trainer, *_ = small_gan()
    trainer.compile(jit=False)
    seen = []

    class Spy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(float(logs["real"]))

    history = fit(trainer, 1, callbacks=[Spy()]).history
    assert history["real"] == [pytest.approx(np.mean(seen))]


def test_score_is_logged_at_intervals_and_reports_improvements(capsys):
    scores, improved = iter([5.0, 3.0, 4.0]), []
    trainer, *_ = small_gan()
    score = Score(lambda: next(scores), every=2, last=5, improved=lambda: improved.append(True), best=4.5)
    history = fit(trainer, 5, callbacks=[score, Progress(5, 4)]).history
    np.testing.assert_array_equal(history["score"], [np.nan, 5.0, np.nan, 3.0, 4.0])
    assert len(improved) == 1
    assert score.best == 3.0
    assert "20/20" in capsys.readouterr().err


def test_history_is_one_table_across_a_resume(tmp_path):
    trainer, *_ = small_gan()
    path = tmp_path / "history.csv"
    fit(trainer, 2, callbacks=[History(path)])
    with path.open() as file:
        rows = list(csv.DictReader(file))
    history = fit(trainer, 3, first=2, callbacks=[History(path, rows)]).history
    with path.open() as file:
        assert list(csv.DictReader(file))[:2] == rows
    last = path.read_text().splitlines()[-1].split(",")
    assert last[0] == "3"
    assert float(last[1]) == history["fake"][0]


def test_a_crash_while_saving_leaves_the_older_checkpoint(tmp_path, monkeypatch):
    trainer, *_ = small_gan()
    path = tmp_path / "checkpoint.weights.h5"
    fit(trainer, 1, callbacks=[Checkpoint(path)])
    before = path.read_bytes()

    def crash(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(trainer, "save_weights", crash)
    with pytest.raises(OSError, match="disk full"):
        fit(trainer, 2, first=1, callbacks=[Checkpoint(path)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_start_takes_the_networks_but_neither_learning_rates_nor_the_count(tmp_path):
    first, *_ = small_gan(momentum=0.9)
    fit(first, 2, callbacks=[Checkpoint(tmp_path / "checkpoint.weights.h5")])
    second, *_ = small_gan(seed=99, momentum=0.9, learning_rate=0.01)
    second.start_from(tmp_path / "checkpoint.weights.h5")
    for network, expected in zip([*second.networks, second.averaged], [*first.networks, first.averaged], strict=True):
        np.testing.assert_array_equal(network.get_weights()[0], expected.get_weights()[0])
    assert [float(optimizer.learning_rate) for optimizer in second.optimizers] == pytest.approx([0.01, 0.01])
    assert int(second.batches) == 0
    assert not np.array_equal(second.seeds.state, first.seeds.state)


def test_a_schedule_begins_anew_and_dropout_goes_on(tmp_path):
    """A start from another training: the rate is that of the first update. A resume: the states of dropout, too."""

    def scheduled():
        inputs = keras.Input((4,))
        network = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.5)(inputs)))
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)

        def loss(batch, seeds):
            return {"mean": ops.mean(network(ops.tile(batch["x"], (1, 4)), training=True))}

        return Trainer([(network, keras.optimizers.RMSprop(schedule))], [Update(network, loss)], seed=1)

    path = tmp_path / "checkpoint.weights.h5"
    first, started, resumed = scheduled(), scheduled(), scheduled()
    fit(first, 1, callbacks=[Checkpoint(path)])
    assert float(first.optimizers[0].learning_rate) < 0.1
    started.start_from(path)
    assert float(started.optimizers[0].learning_rate) == pytest.approx(0.1)
    resumed.load_weights(path)
    np.testing.assert_array_equal(resumed.dropouts[0].state, first.dropouts[0].state)
    for trainer in (first, resumed):
        fit(trainer, 2, first=1)
    for expected, found in zip(values(first), values(resumed), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_diverged_network_has_no_score():
    def diverged():
        raise NotFinite("NaN")

    trainer, *_ = small_gan()
    history = fit(trainer, 2, callbacks=[Score(diverged, every=1, last=2, improved=pytest.fail)]).history
    assert np.isnan(history["score"]).all()
