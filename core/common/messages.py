"""Every sentence that ``core`` can say to a person, by its code, in English, here alone.

``core`` passes codes and values around; only the edges make sentences of them. The command
line formats these; the window translates the template first (``gui/base/words.py``).
"""

from collections.abc import Mapping

from core.common import (
    comparison_sentences,
    experiment_sentences,
    field_sentences,
    weight_sentences,
)

SENTENCES: dict[str, str] = {
    # recipes
    "config_invalid": "The recipe cannot be used: {problems}",
    "config_unknown_field": "{field} is not a field of a recipe. Known here: {known}",
    "config_unknown_field_near": "{field} is not a field of a recipe. Did you mean {near}? "
    "Known here: {known}",
    "config_unknown_stage": "{field} is not there: the recipe has {stages} stages, counted from "
    "stages.0",
    "config_stage_field": "{field} (stage {stage})",
    "config_value": "{field} is {value}: {allowed}",
    "config_missing": "{field} is missing",
    "config_thawed_beyond_depth": "{field} thaws block {block}, but none after {depth} is kept",
    "config_file_missing": "There is no recipe file {path}",
    "config_file_unreadable": "The recipe file {path} cannot be read: {reason}",
    "file_syntax": "there is a mistake in how line {line} is written",
    "config_set_syntax": "{text} is not KEY=VALUE, for example stages.0.epochs=3",
    "edits_unwritable": "What was decided about the pictures cannot be kept in {path}: {reason}",
    "recipe_unwritable": "The recipe could not be written to {path}: {reason}",
    # ways to transfer, and for which data each is
    "preset_feature_extractor": "For few pictures, of the kind that the weights have seen: the "
    "network stays as it is, and only the new head learns",
    "preset_early_features": "For few pictures of another kind (drawings, scans, tissue): the "
    "early blocks, which see edges and textures, stay, and those that see things are left out",
    "preset_fine_tune_last": "For some more pictures, of the kind that the weights have seen: "
    "first the head learns, then the last block with it",
    "preset_fine_tune_all": "For many pictures, also of another kind than the weights have seen: "
    "first the head learns, then every block with it. Slow",
    "preset_gradual_thawing": "For many pictures of another kind than the weights have seen: one "
    "block after the other joins in, so that less of what they know is lost. Slow",
    "preset_from_scratch": "For very many pictures unlike any that the weights have seen, or to "
    "see what transfer is worth: every block starts from random weights. Slow",
    "preset_every": "Epochs until one more block thaws, from the last to the first",
    # the learning-rate finder
    "rate_found": "Suggested for stage {stage}: a learning rate of {rate} ({setting}). The recipe "
    "has {present}",
    "rate_none": "The loss fell at no rate, so that none can be suggested for stage {stage}. The "
    "recipe has {present}",
    "rate_from_start": "Stage {stage} was tried with a new head on the weights that the recipe "
    "begins with: what the stages before it learn is not there yet",
    "rate_stage_unknown": "There is no stage {stage}: the recipe has {stages}, counted from 1",
    # augmentations as files
    "augmentation_file_missing": "There is no file {path}",
    "augmentation_file_unreadable": "The file {path} cannot be read: {reason}",
    "augmentation_missing": "{path} holds no augmentation",
    "augmentation_invalid": "The augmentation in {path} cannot be used: {problems}",
    "augmentation_unwritable": "The augmentation could not be written to {path}: {reason}",
    # folders
    "folder_missing": "There is no folder {path}",
    "folder_unreadable": "The folder {path} cannot be read: {reason}",
    "no_classes": "{path} holds no class folders with pictures. Expected: one subfolder per "
    "class with its pictures inside, or train and validation folders that hold class folders",
    "no_classes_flat": "{path} holds {images} pictures but no class folders. Expected: one "
    "subfolder per class, for example {path}/{example}/picture.jpg",
    "one_class": "{path} holds one class only ({name}). A classifier needs at least two",
    "no_readable_pictures": "None of the {images} pictures in {path} can be read. The first is "
    "{example}: {reason}",
    "no_training_pictures": "{path} holds no pictures to train on",
    "no_validation_pictures": "No picture is left for validation: every class needs at least "
    "two pictures (or two groups, where pictures are grouped), or the folder a validation folder",
    "labels_may_help": "{problem}. Or give a table of pictures and their classes: --labels FILE",
    "labels_match_nothing": "The table {table} gives no picture a class: its column {path} was "
    "taken for the {images} pictures ({example}, where the folder has {picture}) and its column "
    "{label} for their classes",
    "labels_read": "{listed} of {images} pictures stand in the table (columns {path} and {label})",
    "labels_missing_rows": "{count} rows name no picture of this folder: {listed}",
    "labels_ambiguous": "{count} rows name more than one picture: {listed}",
    "labels_unlisted": "{count} pictures stand in no row and are ignored: {listed}",
    "labels_unlabelled": "{count} pictures have a row without a class and are ignored: {listed}",
    "labels_unknown_splits": "{count} rows name a split that is not understood: {listed}",
    "labels_conflicting": "{count} pictures have rows of different classes, of which the first "
    "counts: {listed}",
    "labels_similar": "Some classes differ only in how they are written: {listed}",
    "edits_followed": "What was decided about these pictures in the window is followed ({path}); "
    "--as-is leaves it out",
    "folder_vanished": "The dataset folder {path} has gone. What was kept so far is still there",
    "sample_folder_taken": "The sample dataset is not written into {path}: it holds something "
    "else ({name}). Choose a new or an empty folder",
    "sample_unwritable": "The sample dataset cannot be written to {path}: {reason}",
    "stopped": "Stopped",
    # tables of labels, and classes from file names
    "table_missing": "There is no table {path}",
    "table_unreadable": "The table {path} cannot be read: {reason}",
    "table_wrong_kind": "{path} is no table that Thaw reads. It reads CSV (UTF-8) and XLSX: "
    "save the table as one of them",
    "table_protected": "{path} has a password, or is of the old XLS kind. Save it as XLSX without "
    "a password, or as CSV (UTF-8)",
    "table_too_large": "The table {path} is too large. Thaw reads tables of up to {megabytes} MB "
    "and {millions} million cells",
    "table_row_damaged": "The table {path} cannot be read: the row that begins in line {line} is "
    "damaged. Perhaps a quotation mark is never closed",
    "table_empty": "The table {path} has no rows",
    "table_one_column": "The table {path} has one column only. It needs two: the names of the "
    "picture files, and their labels",
    "label_rule_unknown": "{text} is no rule for taking classes from file names. Known: {known}",
    # what the scan found
    "empty_class": "The class {name} holds no readable picture and is left out",
    "single_picture_class": "The class {name} has one picture: it trains, but nothing checks it",
    "class_not_trained": "The class {name} has no training pictures: it cannot be learned",
    "class_not_validated": "The class {name} has no validation pictures: nothing checks it",
    "tiny_image": "the picture is tiny: {width} x {height} pixels",
    "nested_folder": "{name} holds subfolders: their pictures belong to {name}",
    "no_dataset": "No dataset is open yet: pick a folder, or try the sample",
    # pictures
    "empty_file": "the file is empty",
    "not_an_image": "not a picture, whatever its name says",
    "unreadable_image": "the picture cannot be decoded: {reason}",
    "truncated_image": "the picture is cut short",
    "image_too_large": "the picture has {megapixels} megapixels, more than {limit}",
    "file_missing": "the file has gone",
    "picture_changed": "the file is not the one that the run began with",
    "permission_denied": "no permission to read the file",
    "file_unreadable": "the file cannot be read: {reason}",
    # weights and runs
    "weights_missing": "The file of the network's weights is missing: {path}. "
    "Install Thaw again, or set model.weights to none",
    "weights_damaged": "The file of the network's weights, {path}, is damaged: {reason}. "
    "Install Thaw again, or set model.weights to none",
    **weight_sentences.SENTENCES,
    **comparison_sentences.SENTENCES,
    **experiment_sentences.SENTENCES,
    **field_sentences.SENTENCES,
    "torch_missing": "PyTorch cannot be loaded ({reason}). Training and prediction need it; "
    "the data and augmentation pages work without. Install it again with: "
    "python -m pip install --force-reinstall torch torchvision",
    "run_exists": "{path} already holds a run. Choose another folder, or continue it with: "
    "python main.py resume {path}",
    "run_folder_taken": "{path} is not empty. Choose a new or an empty folder for the run",
    "run_inside_dataset": "{path} lies in the dataset folder {dataset}, whose pictures would then "
    "include the run's own. Choose another folder for the run",
    "run_folder_unwritable": "The run's folder {path} cannot be written: {reason}",
    "run_is_finished": "The run at {path} is finished: {epochs} epochs. To train it longer, add "
    "--extend with a number of epochs",
    "run_without_checkpoint": "The run at {path} holds no checkpoint, so it cannot be trained "
    "longer. Train its recipe anew with more epochs",
    "run_missing": "There is no run at {path}",
    "run_unreadable": "The run at {path} cannot be read: {reason}",
    "run_label_unwritable": "The run's name, note and star could not be kept in {path}: {reason}",
    "run_trash_failed": "The run at {path} could not be moved to the trash, and stays: {reason}",
    "run_without_weights": "The run at {path} has no finished epoch, so no weights to use",
    "write_failed": "{path} could not be written: {reason}. What was kept before is still there",
    "read_failed": "{path} could not be read: {reason}",
    "checkpoint_newer": "{path} was written by a newer Thaw, and is left as it is. Update Thaw to "
    "go on with the run",
    "run_in_use": "Another process (number {pid}) trains the run at {path}",
    "not_finite": "The loss became {value} in stage {stage}, epoch {epoch}, batch {batch}, and "
    "would again if the run went on. Train its recipe anew with a smaller learning rate than "
    "{rate} in that stage",
    "run_not_finite": "The loss of the run at {path} became {value} in stage {stage}, epoch "
    "{epoch}, and would again if the run went on. Train its recipe anew with a smaller learning "
    "rate than {rate}: python main.py train {folder} --config {recipe} --set {setting}",
    # runs as one file
    "archive_run_in_use": "The run at {path} trains now. It can be saved as one file once it has "
    "ended",
    "archive_missing": "There is no file {path}",
    "archive_no_zip": "{path} is no zip file, or only a part of one. Copy or download it once more",
    "archive_unreadable": "{path} is no run that can be opened: {reason}",
    "archive_unwritable": "The run could not be saved as {path}: {reason}",
    "archive_foreign": "{path} holds {name}, which is no part of a run, so it was not opened",
    "archive_incomplete": "{path} is no run that can be opened: it lacks {name}",
    "archive_too_large": "{path} was not opened: its {name} is larger than the {most} MB that "
    "it may be",
    "archive_newer": "{path} was saved by a later version of Thaw",
    "device_missing": "PyTorch finds no {device} device here that it can compute on. "
    "Set device to auto or cpu",
    "out_of_memory": "There is not enough memory for this recipe. "
    "A smaller picture size or batch may help",
    "out_of_memory_step": "Memory ran out while the weights were being changed (stage {stage}, "
    "epoch {epoch}, batch {batch}). What was learned up to the last checkpoint is kept: close "
    "other programs and resume the run. If that does not help, train a recipe with fewer thawed "
    "blocks or the optimizer sgd, which needs less memory",
    "rank_lost": "One of the {size} processes that train this run has ended, and the others with "
    "it ({reason}). What was learned up to the last checkpoint is kept",
    "ranks_not_joined": "The {size} processes of this training did not find each other: {reason}",
    "torchrun_without_run": "Under torchrun a training needs --run DIR: all its processes, and "
    "those that torchrun starts again, must mean the same run",
    "unexpected": "Something went wrong that Thaw did not expect: {reason}",
    "command_unknown": "{command} is not built yet",
    "file_system": "The system says: {reason}",
    # what augmentation drew for a picture
    "drawn_horizontal_flip": "flipped left to right",
    "drawn_vertical_flip": "flipped upside down",
    "drawn_quarter_turns": "turned by {degrees} degrees",
    "drawn_rotation": "rotation {degrees:+.1f} degrees",
    "drawn_scale": "scale {factor:.2f}",
    "drawn_crop": "crop of {width:.0f} % of the width and {height:.0f} % of the height, "
    "from {left:.0f} % and {top:.0f} %",
    "drawn_translation": "translation {x:+.1f} % of the width, {y:+.1f} % of the height",
    "drawn_shear": "shear {x:+.1f} degrees, {y:+.1f} degrees",
    "drawn_perspective": "perspective, corners inwards in %: "
    "top left {top_left_x:.1f}, {top_left_y:.1f}; top right {top_right_x:.1f}, {top_right_y:.1f}; "
    "bottom right {bottom_right_x:.1f}, {bottom_right_y:.1f}; "
    "bottom left {bottom_left_x:.1f}, {bottom_left_y:.1f}",
    "drawn_brightness": "brightness {factor:.2f}",
    "drawn_contrast": "contrast {factor:.2f}",
    "drawn_saturation": "saturation {factor:.2f}",
    "drawn_hue": "hue {degrees:+.1f} degrees",
    "drawn_gamma": "gamma {exponent:.2f}",
    "drawn_grayscale": "grayscale",
    "drawn_blur": "blur {pixels:.1f} px",
    "drawn_noise": "noise of {levels:.1f} levels",
    "drawn_jpeg": "JPEG quality {quality}",
    "drawn_erasing": "erased {percent:.2g} % of the area",
    # how the epoch came to be kept whose figures are told, by ``history.choice``
    "kept_accuracy": "chosen as the best on these pictures",
    "kept_loss": "chosen for the lowest loss on these pictures",
    "kept_last": "the last one, kept whatever its score",
    "kept_only": "the only one",
    # notices while training
    "files_left_out": "{count} files cannot be used: {listed}",
    "tiny_images": "{count} pictures are tiny: less than {side} pixels high or wide",
    "pictures_excluded": "{count} pictures are left out by hand: dataset.csv in the run's folder "
    "lists them",
    "picture_skipped": "{path} was skipped: {reason}",
    "pictures_skipped": "{count} more pictures of one batch were skipped: dataset.csv in the "
    "run's folder says why of each",
    "validation_changed": "Validation now has {after} pictures, not {before}: the kept epoch is "
    "chosen among epochs that were not measured on the same pictures",
    "stage_ended_loss": "Stage {stage} ends early, with epoch {epoch}: validation loss has not "
    "fallen since epoch {since}",
    "stage_ended_accuracy": "Stage {stage} ends early, with epoch {epoch}: validation accuracy has "
    "not risen since epoch {since}",
    "preparing_speed": "measuring how fast this machine is; it takes some seconds",
    "preparing_gradient": "measuring how many pictures at once suit training from block {block} "
    "on; it is done once on this machine and can take a minute",
    "micro_batch_halved": "Memory ran out: from here on {pictures} pictures at once pass through "
    "the network. Results can differ in their last digits",
    "environment_differs": "This run was begun in other surroundings, so that its results can "
    "differ in their last digits ({listed})",
    "features_not_kept": "The features after block {boundary} need {needed} of memory and "
    "{budget} may be used: they are computed again each epoch",
    "features_bypassed_disk": "The disk has no room to keep the features after block {boundary} "
    "({needed}): they stay in memory, and the next run computes them again",
    "features_disk_failed": "Features can no longer be kept on the disk ({reason}). The run goes "
    "on without, with the same result",
    "kept_damaged": "The kept features of {count} pictures were damaged or gone: they have been "
    "computed again",
    "checkpoint_damaged": "The run goes on from an earlier point than the last: {count} of its "
    "checkpoints cannot be used",
    "run_starts_over": "The run starts over: it holds no checkpoint to go on from",
    "stage_start_lost": "The weights that stage {stage} began with are missing or damaged: how far "
    "its blocks have come since then cannot be said. Training itself goes on as if they were there",
    "augmented_features": "Augmentation is on: the frozen blocks are computed again each epoch",
}


def sentence(code: str, values: Mapping[str, object]) -> str:
    """The English sentence of ``code`` with ``values`` filled in."""
    return fill(SENTENCES[code], values)


def fill(template: str, values: Mapping[str, object]) -> str:
    """``template`` with its {names} replaced; a translated template may leave some out."""
    return template.format_map(dict(values))


class ThawError(Exception):
    """Something that a person can understand and mend: a code and its values.

    ``str()`` gives the English sentence. Raised by ``core`` wherever the cause lies outside
    the program (a file, a folder, a recipe).
    """

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return sentence(self.code, self.values)


class InputError(ThawError):
    """What was asked for or given is wrong: the command line exits with 2."""
