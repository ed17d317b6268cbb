"""Keras over TensorFlow: the compiled function behind `fit`, several steps to a call; a compiled one to predict."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers as kl

from .protocol import limit_cores, mini_batches, report, samples

# Steps in one call of the compiled function.
TOGETHER = 20


def chain(x, layers):
    for layer in layers:
        match layer:
            case ("conv", outputs, kernel, stride, pad, bias):
                x = kl.ZeroPadding2D(pad)(x) if pad else x
                x = kl.Conv2D(outputs, kernel, stride, use_bias=bias)(x)
            case ("affine", outputs):
                x = kl.Dense(outputs)(kl.Flatten()(x))
            case ("relu",):
                x = kl.ReLU()(x)
            case ("pool",):
                x = kl.MaxPool2D(2)(x)
            case ("batch_norm",):
                x = kl.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
            case ("mean",):
                x = kl.GlobalAveragePooling2D()(x)
            case ("dropout",):
                x = kl.Dropout(0.5)(x)
            case ("add", body, shortcut):
                x = kl.Add()([chain(x, body), chain(x, shortcut)])
    return x


def run(name, net, threads, seconds, folder):
    limit_cores(threads)  # the threads that feed a fit do not count as the framework's
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    images, labels = samples(net, folder)
    shape = (*net.input[1:], net.input[0]) if net.convolves() else net.input
    images = tf.constant(images.transpose(0, 2, 3, 1) if net.convolves() else images)
    labels = tf.constant(labels.astype(np.int32))
    inputs = keras.Input(shape)
    model = keras.Model(inputs, chain(inputs, net.layers))
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-4), criterion, steps_per_execution=TOGETHER)
    model.make_train_function()
    order = tf.data.Dataset.from_generator(
        lambda: mini_batches(len(images), net.batch), output_signature=tf.TensorSpec(net.batch, tf.int64)
    )
    batches = iter(order.map(lambda chosen: (tf.gather(images, chosen), tf.gather(labels, chosen))).prefetch(2))
    step = (lambda: model.train_function(batches), TOGETHER * net.batch, None)
    predictor = tf.function(lambda x: model(x, training=False))

    def predict(count):
        x = tf.constant(np.random.default_rng(1).standard_normal((count, *shape), np.float32))
        return lambda: predictor(x).numpy()

    report(name, net, threads, seconds, step, predict)
