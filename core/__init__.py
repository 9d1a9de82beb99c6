"""The science of Thaw: data, augmentation, training, results. Imports no Qt."""
