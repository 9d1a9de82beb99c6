"""What ``core.messages`` says of files with weights, and of downloading them."""

SENTENCES: dict[str, str] = {
    "weights_file_missing": "There is no file and no run {path} to take weights from",
    "weights_file_unreadable": "The weights in {path} cannot be read: {reason}",
    "weights_file_empty": "The file {path} is empty: it holds no weights",
    "weights_file_damaged": "The file of weights {path} is damaged or cut short: {reason}",
    "weights_file_too_large": "{path} has {gigabytes} GB: no file with the weights of VGG16 has "
    "more than {limit} GB",
    "weights_file_unknown": "{path} is no file of weights that Thaw reads. It reads those of "
    "PyTorch (.pth, .pt), safetensors, Keras (.h5, .weights.h5, .keras), and runs of Thaw",
    "weights_no_memory": "There is not enough memory to read the weights in {path}",
    "weights_run_code": "{path} is refused, for it holds more than weights, and reading it could "
    "run a program ({name}). Save the network's state dict alone, best as safetensors",
    "weights_are_a_program": "{path} is refused, for it is a program (TorchScript) and not "
    "weights alone. Save the network's state dict, best as safetensors",
    "weights_elsewhere": "{path} is refused, for the numbers of {layer} are not in it but in some "
    "other file. Save the network's weights into one file",
    "weights_none_there": "{path} holds no weights of convolutions",
    "weights_not_vgg16": "{path} holds a network that isn't VGG16: its layer {layer} has weights "
    "of {found}, where {place} of VGG16 has {expected} (outputs × inputs × height × width)",
    "weights_not_vgg16_bias": "{path} holds a network that isn't VGG16: its layer {layer} has "
    "biases of {found}, where {place} of VGG16 has {expected}",
    "weights_not_vgg16_few": "{path} holds a network that isn't VGG16: it ends after {found} "
    "convolutions, where VGG16 has 13, and 2, 4, 7 or 10 make up its first blocks",
    "weights_not_vgg16_scaled": "{path} holds a network that isn't VGG16: there is batch "
    "normalisation among its convolutions ({layer})",
    "weights_not_real": "The weights in {path} cannot be used: those of layer {layer} are of the "
    "kind {kind}, not floating-point numbers",
    "weights_not_finite": "The weights in {path} cannot be used: layer {layer} holds numbers that "
    "are infinite or undefined (NaN)",
    "weights_too_shallow": "Of VGG16's five blocks {path} holds only the first, {found} in number, "
    "and the recipe keeps {depth}. Set model.depth to {found} or less",
    "weights_normalization_missing": "{path} doesn't say what its pictures were normalised by, "
    "and with the wrong numbers its features are worth little. Set model.normalization to one of "
    "{listed}, or to numbers of your own",
    "start_weights_gone": "The weights that the run at {path} began with are missing or damaged "
    "({name}), and {source} is gone or holds others now. It cannot go on as it was",
    "weights_not_downloaded": "The weights {name} ({megabytes} MB) have not been downloaded yet. "
    "Those that come with Thaw need no network: set model.weights to imagenet",
    "weights_download_damaged": "{path} is not what torchvision publishes: its checksum is wrong. "
    "Delete it, and it is downloaded again",
    "download_size": "Downloading the weights {name} once: {megabytes} MB from {host}",
    "download_unreachable": "The weights {name} cannot be downloaded: {host} was not reached "
    "({reason}). Those that come with Thaw need no network: set model.weights to imagenet",
    "download_refused": "The weights {name} cannot be downloaded: {url} answers with {status}. "
    "Those that come with Thaw need no network: set model.weights to imagenet",
    "download_cut": "The download of the weights {name} broke off after {done} of {total} MB. The "
    "next try goes on from there. Those that come with Thaw need no network: set model.weights to "
    "imagenet",
    "download_wrong": "What {host} sends as the weights {name} is not what torchvision publishes. "
    "Those that come with Thaw need no network: set model.weights to imagenet",
    "download_no_room": "The weights {name} need {megabytes} MB in {path}, where {free} MB are "
    "free. Make room, or set model.weights to imagenet: those come with Thaw",
    "download_unwritable": "The weights {name} cannot be kept in {path}: {reason}. Those that "
    "come with Thaw need no room: set model.weights to imagenet",
    "weights_normalization_differs": "{path} says that its pictures were normalised by {said}, "
    "the recipe says {chosen}. Set model.normalization to null to follow the file",
}
