"""Keras 3 with TensorFlow on the same pictures, batch, size and rates.

Stands alone: it runs in the interpreter that has TensorFlow, perhaps another one than ours.
Argument: a JSON file that ``engine_runs`` writes; prints one line of JSON.
"""

import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from process_memory import peak  # type: ignore[import-not-found,unused-ignore]


def main(work: dict[str, Any]) -> dict[str, object]:
    """Seconds of each epoch with its validation, and bytes of memory at most."""
    import keras  # type: ignore[import-not-found,unused-ignore]
    import numpy as np
    import tensorflow as tf  # type: ignore[import-untyped,unused-ignore]
    from safetensors.numpy import load_file

    side, batch = work["side"], work["batch"]
    mean, std = np.float32(work["mean"]) * 255, np.float32(work["std"]) * 255

    def read(path: Any) -> Any:
        pixels = tf.io.decode_image(tf.io.read_file(path), 3, expand_animations=False)
        return tf.image.resize(pixels, (side, side), antialias=True)

    def data(part: str) -> Any:
        paths, labels = zip(*work["pictures"][part], strict=True)
        made = tf.data.Dataset.from_tensor_slices((list(paths), list(labels)))
        if part == "train":
            made = made.shuffle(len(paths), seed=0)
        made = made.map(lambda path, label: (read(path), label), tf.data.AUTOTUNE).batch(batch)
        return made.map(lambda x, y: ((x - mean) / std, y)).prefetch(tf.data.AUTOTUNE)

    base = keras.applications.VGG16(
        include_top=False, weights=None, input_shape=(side, side, 3), pooling=None
    )
    tensors = load_file(work["weights"])
    layers = [one for one in base.layers if isinstance(one, keras.layers.Conv2D)]
    names = [name for name in tensors if name.startswith("features.") and name.endswith("weight")]
    names.sort(key=lambda name: int(name.split(".")[1]))
    for layer, name in zip(layers, names, strict=True):
        weight = tensors[name].astype(np.float32).transpose(2, 3, 1, 0)
        bias = tensors[name.replace("weight", "bias")].astype(np.float32)
        layer.set_weights([weight, bias])
    for layer in base.layers:
        block = layer.name.partition("_")[0].removeprefix("block")
        layer.trainable = block.isdigit() and int(block) in work["thawed"]
    train, validation = data("train"), data("validation")
    few = base.predict(next(iter(train))[0], verbose=0)
    scale = float(np.sqrt(np.mean(np.square(few))))
    outputs = keras.layers.Flatten()(base.output)
    outputs = keras.layers.Rescaling(1 / scale)(outputs)
    outputs = keras.layers.Dense(work["classes"], kernel_initializer="zeros")(outputs)
    network = keras.Model(base.input, outputs)
    # Keras has no groups of rates: where blocks are thawed, theirs holds for the head too
    network.compile(
        keras.optimizers.AdamW(work["rate"]),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    seconds = []
    for _ in range(work["epochs"]):
        started = perf_counter()
        network.fit(train, validation_data=validation, verbose=0)
        seconds.append(perf_counter() - started)
    return {"seconds": seconds, "memory": peak()}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text("utf-8")))), flush=True)
