"""Adversarial training on ``keras.Model.fit``, on the TensorFlow and the JAX backend."""
