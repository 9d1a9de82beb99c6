"""The English sentences that ``core`` can say to a person, by code, and the errors that use them.

``core`` passes codes and values around. The command line formats the sentences; the window
translates the template first (``gui/base/words.py``).

The codes of a recipe's field begin with its dotted key: see ``core.recipe.config``.
"""

import threading
from collections.abc import Mapping
from pathlib import PurePath

_COMPARISON: dict[str, str] = {
    "compare_one": "There is nothing to compare with: name two runs or more",
    "compare_twice": "{path} was named twice: a run cannot be compared with itself",
    "export_kind_unknown": "{path} has no suffix that says what to write. Known are {known}",
    "export_unwritable": "{path} cannot be written: {reason}",
    "export_without_epoch": "{path} has no epoch yet that could be written",
    "report_without_place": "Where is it to go? Name a file with -o, or a folder with "
    "--tensorboard",
    "tensorboard_missing": "TensorBoard’s files need its package, which is not installed. Install "
    "it with: python -m pip install tensorboard",
    # whether two runs differ
    "compare_paired": "{first} was right on {only_first} of the pictures that {second} got wrong, "
    "and {second} on {only_second} of those that {first} got wrong",
    "compare_alike": "{first} and {second} were right on the very same pictures: no difference",
    "compare_chance": "{told}: no difference beyond chance ({p})",
    "compare_beyond": "{told}: {better} is better beyond chance ({p})",
    "compare_unpaired": "{first} and {second} have other validation pictures ({shared} in common, "
    "of {first_images} and {second_images}), so their answers cannot be paired. Their intervals, "
    "{first_interval} and {second_interval}, {verdict}",
    "compare_overlap": "overlap: no difference can be told",
    "compare_apart": "lie apart: the difference is beyond chance, unless one set of pictures is "
    "harder",
    "compare_classes": "{first} and {second} tell other classes apart: their accuracies cannot be "
    "compared",
    "compare_unread": "{first} and {second} cannot be paired: the predictions of {name} are not "
    "there or cannot be read",
    "compare_no_epoch": "{first} and {second} cannot be compared: no epoch of {name} has ended",
    "compare_mcnemar": "Paired are the answers to the same {images} validation pictures, by "
    "McNemar’s exact test; beyond chance is p below 0.05",
    "compare_holm": "With {count} pairs, each p has been corrected for their number (Holm)",
    "compare_chosen": "The kept epoch of each run was chosen on its validation pictures, so every "
    "accuracy here is a little optimistic",
    "compare_chosen_some": "The kept epoch of these runs was chosen on their validation pictures, "
    "so their accuracy is a little optimistic: {names}",
    "compare_networks": "The test compares these trained networks, not their recipes: with another "
    "seed a recipe gives another network",
    "compare_same_recipe": "Their recipes and pictures are the same",
    # what a last stage gained
    "gain_points": "{gain} points over the head alone (95 % interval {low} to {high}; McNemar {p})",
    "gain_on_test": "on {images} test pictures",
    "gain_on_validation": "on {images} validation pictures",
    "gain_on_chosen": "on {images} validation pictures, on which both epochs were chosen",
    "gain_on_half_chosen": "on {images} validation pictures, on which one of the epochs was chosen",
    "gain_beyond": "Stage {stage}: {told}, {where}",
    "gain_chance": "No gain beyond chance: the feature extractor would do. Stage {stage}: {told}, "
    "{where}",
    "gain_worse": "Worse than the head alone: use the feature extractor. Stage {stage}: {told}, "
    "{where}",
    # test pictures
    "report_test_untouched": "Test pictures that no choice has looked at: {count}. Unless stated "
    "otherwise, all figures are measured on the validation pictures",
    # values of fields
    "value_yes": "yes",
    "value_no": "no",
    "value_off": "off",
    "value_none": "none",
    "value_default": "by default",
    "value_absent": "not there",
    "value_unused": "without effect",
    "value_unknown": "not known",
    "value_head_softmax": "softmax",
    "value_head_one-vs-rest": "one-vs-rest",
    "value_head_svm": "linear SVM",
    "value_head_fc": "fully connected",
    "value_head_conv": "convolutional",
    "value_head_nearest-mean": "nearest mean",
    "value_head_rate": "the head’s own",
    # kinds of head
    "head_probabilities": "add up to one for an image: exactly one class is correct.",
    "head_softmax_short": "one linear layer",
    "head_softmax_what": "Multinomial logistic regression: one linear layer learns all classes "
    "together.",
    "head_softmax_loss": "cross-entropy.",
    "head_one-vs-rest_short": "yes or no for each class",
    "head_one-vs-rest_what": "Logistic regression for each class against all others.",
    "head_one-vs-rest_loss": "binary cross-entropy, summed over the classes.",
    "head_one-vs-rest_probabilities": "each class has its own sigmoid, so they don’t add up to "
    "one: an image may look like two classes, or like none.",
    "head_svm_short": "widest margin between classes",
    "head_svm_what": "Linear support vector machine: one layer that separates the classes with a "
    "margin.",
    "head_svm_loss": "hinge or squared hinge, with L2.",
    "head_svm_probabilities": "margins become probabilities by temperature scaling, fitted to the "
    "validation images and reported cross-fitted: each image’s temperature is fitted without it.",
    "head_fc_short": "hidden layers, then softmax",
    "head_fc_what": "Hidden layers before the last one, as in VGG16 itself: learns what no linear "
    "layer can, and overfits sooner.",
    "head_fc_loss": "cross-entropy.",
    "head_conv_short": "new convolutions, then softmax",
    "head_conv_what": "Transfer by adding layers: new 3 × 3 convolutions on top of the backbone, "
    "then fully connected layers.",
    "head_conv_loss": "cross-entropy.",
    "head_nearest-mean_short": "class with the most similar mean",
    "head_nearest-mean_what": "Averages the features of each class in one pass, and compares an "
    "image with each mean by cosine similarity. No optimizer, no learning rate: a baseline for the "
    "other heads.",
    "head_nearest-mean_loss": "cross-entropy of the similarities, reported but not minimized.",
    "value_measured": "as measured",
    "value_range": "{low} to {high}",
    "value_pair": "{first}, {second}",
    "value_pixels": "{size} px",
    "value_block": "block {number}",
    "value_blocks": "blocks {numbers}",
    "value_pictures": "{count}",
    "value_other_pictures": "{count}, not the same ones",
    "value_stage": "epochs: {epochs}, {blocks}",
    "value_stage_head": "epochs: {epochs}, head only",
}


_EXPERIMENTS: dict[str, str] = {
    "experiment_runs": "An experiment runs: it has the machine for itself. Stop it first, under "
    "Compare, Experiments",
    "experiment_beside_training": "A run trains: an experiment needs the machine for itself",
    "experiment_missing": "There is no experiment at {path}",
    "experiment_without_gradient": "This experiment compares epochs, learning rates and thawed "
    "blocks, which a {kind} head does not have. Choose another head first",
    "experiment_unreadable": "The experiment at {path} cannot be read: {reason}",
    "experiment_unplayable": "Nothing of the experiment at {path} can be played: no run of it is "
    "finished",
    "experiment_exists": "{path} already holds an experiment. Go on with it, or choose another "
    "folder",
    "experiment_unwritable": "The experiment cannot be kept in {path}: {reason}",
    "experiment_kind_unknown": "{kind} is no ready-made experiment. Known are {known}",
    "experiment_needs_folder": "Name the folder of a dataset, or an experiment to go on with: "
    "--resume DIR",
    "experiment_resumes_alone": "{option} cannot be changed in an experiment that goes on",
    "experiment_too_short": "{minutes} minutes are too short: even the smallest of it takes about "
    "{expected}. It is run all the same",
    # the ready-made ones: what each is called, and what it shows
    "experiment_transfer": "Transfer against scratch",
    "experiment_transfer_about": "The pretrained network, frozen and fine-tuned, against the same "
    "network from random weights: who starts higher, climbs faster and ends higher",
    "experiment_tuning": "Feature extractor against fine-tuning",
    "experiment_tuning_about": "Only a new head on the frozen network, or all of it trained "
    "further: what is gained in accuracy, and what it costs in minutes",
    "experiment_augmentation": "With against without augmentation",
    "experiment_augmentation_about": "The same training with and without changed pictures, on all "
    "training pictures and on a tenth of them: the fewer there are, the more it should help",
    "experiment_flip": "Flip on against off",
    "experiment_flip_about": "Half of the pictures mirrored, or none: it helps where left and "
    "right mean nothing, and harms where they do",
    "experiment_first-stage": "Frozen against thawed in stage 1",
    "experiment_first-stage_about": "Why the new head learns alone at first: at the learning rate "
    "that suits it, thawed blocks lose what they knew, and they cost time",
    "experiment_convnet-rate": "Small against large rate for the ConvNet",
    "experiment_convnet-rate_about": "A fifth of the head's learning rate for the pretrained "
    "blocks, or all of it: weights that are good already need small steps",
    "experiment_custom": "Recipes of the queue",
    "experiment_custom_about": "Any recipes, each with its own rates, trained on the same pictures "
    "with the same seeds",
    # arms
    "experiment_arm_feature-extractor": "feature extractor",
    "experiment_arm_fine-tuned": "fine-tuned",
    "experiment_arm_from-scratch": "random weights",
    "experiment_arm_augmented-all": "augmented (all pictures)",
    "experiment_arm_plain-all": "plain (all pictures)",
    "experiment_arm_augmented-tenth": "augmented (a tenth)",
    "experiment_arm_plain-tenth": "plain (a tenth)",
    "experiment_arm_flip-on": "flip on",
    "experiment_arm_flip-off": "flip off",
    "experiment_arm_frozen-first": "frozen in stage 1",
    "experiment_arm_thawed-first": "thawed in stage 1",
    "experiment_arm_small-rate": "small ConvNet rate",
    "experiment_arm_large-rate": "large ConvNet rate",
    # what came of it
    "experiment_start_first": "{first} starts higher than {second}",
    "experiment_start_second": "{second} starts higher than {first}",
    "experiment_start_not_told_apart": "the starts of {first} and {second} are not told apart",
    "experiment_slope_first": "{first} climbs faster than {second}",
    "experiment_slope_second": "{second} climbs faster than {first}",
    "experiment_slope_not_told_apart": "the slopes of {first} and {second} are not told apart",
    "experiment_end_first": "{first} ends higher than {second}",
    "experiment_end_second": "{second} ends higher than {first}",
    "experiment_end_not_told_apart": "the ends of {first} and {second} are not told apart",
    "experiment_gap": "the class {label} sets them furthest apart: {first_share} of its {images} "
    "pictures are right with {first}, {second_share} with {second} (means of the kept epochs)",
    "experiment_all_not_told_apart": "{first} and {second} are not told apart, neither by start "
    "nor by slope nor by end",
    "experiment_quoted": "“{name}”",
    "experiment_one_seed": "with one seed nothing tells {first} and {second} apart",
    "experiment_two_seeds": "two seeds cannot tell {first} and {second} apart",
    "experiment_pair_at_chance": "{name} never left the chance level, so that it has no slope and "
    "no end level to compare",
    "experiment_pair_fell": "{name} fell back to the chance level: what it had learned was lost",
    "experiment_fell": "{name} fell back to the chance level: it had started at {start}, and over "
    "its last epochs ({epochs} of each seed, seeds: {seeds}, {images} pictures) {mean} are right "
    "(95 % interval {low} to {high}), which is not surely above {majority}, always answering the "
    "largest class",
    "experiment_at_chance": "{name} never left the chance level: over its last epochs ({epochs} of "
    "each seed, seeds: {seeds}, {images} pictures) {mean} are right (95 % interval {low} to "
    "{high}), which is not surely above {majority}, always answering the largest class",
    "experiment_bands_interval": "Bands are 95 % intervals of the mean over {seeds} seeds "
    "(Student's t)",
    "experiment_bands_range": "Bands go from the lower to the higher of two seeds; only three "
    "give an interval and can tell arms apart",
    "experiment_bands_single": "One seed has no band, so that nothing can be told apart",
    "experiment_bands_of": "{names}: {told}",
    "experiment_apart_rule": "Two arms are told apart where a test over the seeds (Student's t "
    "seed by seed; Welch's where the seeds differ) gives p < 0.05 and the difference is more than "
    "one picture, or one epoch",
    "experiment_not_alike": "Not told apart does not mean alike: with more seeds, smaller "
    "differences can be told",
    "experiment_holm": "{count} tests are on this card: each p has been corrected for their number "
    "(Holm)",
    "experiment_bands_pictures": "Bands say what the seeds change, on these {images} validation "
    "pictures; that other pictures would give other figures is not in them",
    "experiment_end_levels": "End levels are means of the last {epochs} epochs",
    "experiment_cut": "Areas and slopes are over the first {epochs} epochs, which all curves have",
    "experiment_same_pictures": "All accuracies are on the same {images} validation pictures; a "
    "best epoch's was chosen on these very pictures",
    "experiment_minutes_note": "Times are those of the epochs alone, with the shortest and the "
    "longest of the seeds: what was computed before and kept, such as the frozen blocks' outputs, "
    "took none",
    "experiment_longer": "{first} took {times} times as long as {second}: {long} a run against "
    "{short}",
    "experiment_kept": "{told}, with the frozen blocks' outputs kept from before",
    "experiment_as_long": "{first} took about as long as {second}: {long} a run against {short}",
    "experiment_seconds": "{value} s",
    "experiment_minutes": "{value} min",
    "experiment_rate_rule": "Rates: for each stage of each arm the same {steps} steps at growing "
    "rates, on training pictures alone; taken is the lower of a third along the way down and a "
    "tenth of the rate with the lowest loss",
    "experiment_rate_own": "the loss fell at no rate that was tried: the recipe's own",
    "experiment_rate_lent": "as {name}",
    "experiment_rate_recipe": "the recipe's",
    "experiment_failed_arm": "{name} has no result: with every seed ({count}) its loss grew beyond "
    "all bounds",
    "experiment_failed_cell": "failed",
    "experiment_failed_seeds": "{count} of {name}'s runs ended without a result: their loss grew "
    "beyond all bounds",
    # the figure
    "experiment_figure_accuracy": "validation accuracy, %",
    "experiment_figure_epoch": "epoch",
    "experiment_figure_minutes": "minutes a run took",
    "experiment_figure_seconds": "seconds a run took",
    "experiment_figure_majority": "always the largest class",
    "experiment_figure_start": "higher start",
    "experiment_figure_slope": "higher slope",
    "experiment_figure_end": "higher asymptote",
}


_FIELDS: dict[str, str] = {
    "field_stage": "stage {stage}: {field}",
    "field_empty": "empty: {empty}",
    "field_unit": "{field}, {unit}",
    "field_stages": "stage {stage}",
    "field_seed": "seed",
    "field_seed_words": "same seed, same result",
    "field_seed_help": "Every random choice in training follows from it. How the images are split "
    "does not.",
    "field_batch_size": "batch size",
    "field_batch_size_words": "averaged in each step",
    "field_batch_size_help": "How many images are averaged before the weights move one step.",
    "field_precision": "precision asked for",
    "field_precision_help": "The number format of forward and backward pass; auto: bfloat16 where "
    "it is faster on this machine.",
    "field_device": "device asked for",
    "field_device_help": "auto: an NVIDIA card (cuda), an Apple GPU (mps), or the processor.",
    "field_threads": "threads asked for",
    "field_threads_help": "The processor’s threads that are used. Empty: as measured on this "
    "machine.",
    "field_micro_batch": "micro-batch asked for",
    "field_micro_batch_help": "How many images pass through the network at once. Empty: as "
    "measured on this machine.",
    "field_class_weights": "class weights",
    "field_class_weights_words": "images of small classes count more",
    "field_class_weights_help": "Each class counts alike in what is learned from, however few its "
    "images are. Reported losses stay plain means over the images.",
    "field_balanced_sampling": "balanced sampling",
    "field_balanced_sampling_words": "images of small classes come more often",
    "field_balanced_sampling_help": "Each class is seen as often as any other: an epoch has as "
    "many images as before, those of small classes several times, each time augmented anew.",
    "field_dataset.split_seed": "split seed",
    "field_dataset.split_seed_help": "Decides, alone, which images validate and which test.",
    "field_dataset.image_size": "image size",
    "field_dataset.image_size_help": "Every image is made a square of this many pixels; time grows "
    "with its area, and detail is lost below what the images need.",
    "field_dataset.fit": "fit",
    "field_dataset.fit_help": "How an image becomes a square: stretched, cropped or padded.",
    "field_dataset.validation_fraction": "validation share",
    "field_dataset.validation_fraction_help": "These images never train: they tell how good the "
    "network is on new ones. The share is taken from each class; 0.2 is 20 %.",
    "field_dataset.test_fraction": "test share",
    "field_dataset.test_fraction_help": "Neither trained on nor used to choose the best epoch, so "
    "the most honest number in the end. 0: none are set aside.",
    "field_dataset.train_fraction": "share of the training images used",
    "field_dataset.train_fraction_help": "The share of each class’s training images that is "
    "learned from, one at least. What a smaller share uses, a larger one uses too.",
    "field_dataset.group_by": "group by",
    "field_dataset.group_by_help": "Images that belong together stay on one side of the split: a "
    "network that has seen one of them in training knows the others. prefix:_ groups by what "
    "stands before the separator in the file name, subfolder by the folder inside the class "
    "folder, time:5 photographs taken at most so many seconds apart.",
    "field_dataset.background_color": "behind transparency",
    "field_dataset.background_color_help": "What shows through: red, green and blue, 0 to 255.",
    "field_dataset.max_megapixels": "most megapixels",
    "field_dataset.max_megapixels_help": "In millions of pixels. A larger image is not decoded "
    "and counts as a problem: one such file can take all the memory.",
    "field_model.weights": "weights",
    "field_model.weights_help": "What the blocks know before the first stage: imagenet (they come "
    "with Thaw), none (random), torchvision-v1 or torchvision-features (downloaded once), or the "
    "path of a file or of a run.",
    "field_model.normalization": "normalisation",
    "field_model.normalization_help": "What was done to the images that a file’s weights learned "
    "from, where the file doesn’t say. With other numbers their features are worth little.",
    "field_model.depth": "blocks kept",
    "field_model.depth_help": "Early blocks see edges, colours and textures, which all images "
    "have; late ones see what the weights were trained on. For few images of another kind, the "
    "early ones alone may do better.",
    "field_model.head.kind": "head",
    "field_model.head.kind_help": "What is put on the backbone: it learns the classes.",
    "field_model.head.pooling": "pooling",
    "field_model.head.pooling_help": "What is left of the features before the first fully "
    "connected layer: all of them, or a number or two for each channel, wherever in the image it "
    "is.",
    "choice_model.head.pooling=flatten": "Flatten, all features: every place counts",
    "choice_model.head.pooling=average": "Average: the mean of each channel",
    "choice_model.head.pooling=max": "Maximum: the largest of each channel",
    "choice_model.head.pooling=both": "Average and maximum: both of each channel",
    "field_model.head.hidden": "hidden layers",
    "field_model.head.hidden_words": "of each layer, in turn",
    "field_model.head.hidden_help": "The widths of the hidden fully connected layers, from the "
    "first to the last. Empty: 256 with fc, none with conv.",
    "field_model.head.channels": "new convolutions",
    "field_model.head.channels_words": "of each layer, in turn",
    "field_model.head.channels_help": "The output channels of each new convolution layer, 3 × 3 "
    "with padding, from the first to the last. Empty: 256.",
    "field_model.head.activation": "activation",
    "field_model.head.activation_help": "The activation after each new layer except the last.",
    "choice_model.head.activation=relu": "ReLU: 0 below 0, as VGG16 has",
    "choice_model.head.activation=gelu": "GELU: a smooth ReLU",
    "choice_model.head.activation=tanh": "Tanh: from −1 to 1",
    "field_model.head.dropout": "dropout",
    "field_model.head.dropout_words": "left out in each step",
    "field_model.head.dropout_help": "The share of each hidden layer’s outputs that is left out "
    "at random in each training step, so the network does not rely on any one of them. 0: none.",
    "field_model.head.layer_norm": "layer norm",
    "field_model.head.layer_norm_words": "all units at one scale",
    "field_model.head.layer_norm_help": "Layer normalisation after each hidden layer: its outputs "
    "get a mean of 0 and a variance of 1, then a scale that is learned.",
    "field_model.head.margin_loss": "margin loss",
    "field_model.head.margin_loss_help": "The loss where a margin is below one.",
    "choice_model.head.margin_loss=squared-hinge": "Squared hinge: the shortfall, squared",
    "choice_model.head.margin_loss=hinge": "Hinge: the shortfall below one",
    "choice_model.head.margin_loss=crammer-singer": "Crammer and Singer: true class against best "
    "other",
    "field_model.head.l2": "L2",
    "field_model.head.l2_words": "keeps weights small",
    "field_model.head.l2_help": "This times half the sum of the last layer’s squared weights is "
    "added to the loss that is learned from. It is part of an SVM; softmax and one-vs-rest do "
    "better with it when features are many or images few. Their default grows with the number of "
    "features.",
    "field_stages.epochs": "epochs",
    "field_stages.epochs_words": "through all images",
    "field_stages.epochs_help": "How often every training image is seen in this stage.",
    "field_stages.thawed": "thawed blocks",
    "field_stages.thawed_help": "The numbers of the blocks whose weights change.",
    "field_stages.augment": "augment",
    "field_stages.augment_help": "On: the stage trains on augmented images. Off: on the untouched "
    "ones, so the features of frozen blocks are computed once.",
    "field_stages.learning_rate": "head’s rate",
    "field_stages.learning_rate_words": "empty: the default",
    "field_stages.learning_rate_help": "The learning rate of the head: how far one step moves it. "
    "Empty: the rate that suits this head, its number of inputs and the optimizer, three tenths of "
    "it while blocks are thawed.",
    "field_stages.backbone_factor": "ConvNet’s rate",
    "field_stages.backbone_factor_words": "of the last block",
    "field_stages.backbone_factor_help": "The rate of the last block, as a factor of the head’s: "
    "small, because the thawed blocks’ weights are already good.",
    "field_stages.block_decay": "earlier blocks",
    "field_stages.block_decay_words": "than the block after",
    "field_stages.block_decay_help": "Each block learns at this factor of the rate of the block "
    "after it: early blocks are general and need to change least. 1: all alike.",
    "field_stages.optimizer": "optimizer",
    "field_stages.optimizer_help": "How steps are made of gradients. AdamW, Adam and RMSprop scale "
    "the step of each weight; SGD takes the gradients as they are, and needs a rate to suit them.",
    "choice_stages.optimizer=sgd": "SGD: with momentum",
    "choice_stages.optimizer=adam": "Adam: a scale per weight",
    "choice_stages.optimizer=adamw": "AdamW: Adam, decay apart",
    "choice_stages.optimizer=rmsprop": "RMSprop: without momentum",
    "field_stages.momentum": "momentum",
    "field_stages.momentum_words": "of the step before",
    "field_stages.momentum_help": "The share of each step that is added to the next one, so that "
    "steps in one direction get longer.",
    "field_stages.weight_decay": "weight decay",
    "field_stages.weight_decay_words": "pulls weights to zero",
    "field_stages.weight_decay_help": "How strongly each step also makes all weights smaller, so "
    "that none gets large without need. AdamW shrinks them by this times the rate; the others add "
    "it times the weight to the gradient.",
    "field_stages.schedule": "schedule",
    "field_stages.schedule_help": "How all rates change in the course of the stage, step by step.",
    "choice_stages.schedule=constant": "Constant: always the same",
    "choice_stages.schedule=step": "Step: falls in steps",
    "choice_stages.schedule=cosine": "Cosine: falls gently to 0",
    "choice_stages.schedule=one-cycle": "One-cycle: up, then to 0",
    "choice_stages.schedule=plateau": "On plateau: falls when loss stays",
    "field_stages.warmup_epochs": "warm-up",
    "field_stages.warmup_epochs_words": "starts near 0",
    "field_stages.warmup_epochs_help": "Over this many epochs the rates rise from nearly zero, so "
    "that the first steps of a new optimizer break nothing. 0: none. Empty: two epochs, or three "
    "tenths of a short stage, while blocks are thawed; none while the head alone learns.",
    "field_stages.decay_every": "decay after",
    "field_stages.decay_every_words": "at this interval",
    "field_stages.decay_every_help": "“Step”: the rates fall every time this many epochs are "
    "done. “On plateau”: when validation loss has not fallen for this many.",
    "field_stages.decay_factor": "decay by",
    "field_stages.decay_factor_words": "left of the rates",
    "field_stages.decay_factor_help": "The factor by which all rates fall each time.",
    "field_stages.feature_dropout": "feature dropout",
    "field_stages.feature_dropout_words": "left out in each step",
    "field_stages.feature_dropout_help": "The share of the features, as they come into the head, "
    "that is left out at random in each step of training, so that a few training images are not "
    "learned by heart. Empty: half of them while blocks are thawed, none while the head alone "
    "learns.",
    "field_stages.label_smoothing": "label smoothing",
    "field_stages.label_smoothing_words": "shared by all classes",
    "field_stages.label_smoothing_help": "This share of each label is spread over all classes in "
    "what is learned from, not in reported losses: the network becomes less confident. 0: none.",
    "field_stages.clip_norm": "gradient clipping",
    "field_stages.clip_norm_empty": "no limit",
    "field_stages.clip_norm_help": "If the norm of all gradients together is larger than this, "
    "they are scaled down to it: one odd batch can’t spoil the weights.",
    "field_stages.patience": "stop early after",
    "field_stages.patience_empty": "never",
    "field_stages.patience_help": "The stage ends when what it watches has not improved for this "
    "many epochs. Empty: it trains all its epochs.",
    "field_stages.watch": "patience watches",
    "field_stages.watch_help": "What must improve. Loss shows small gains that change no answer "
    "yet; accuracy counts answers alone.",
    "choice_stages.watch=loss": "Loss: on validation",
    "choice_stages.watch=accuracy": "Accuracy: on validation",
    "field_stages.keep": "weights kept",
    "field_stages.keep_help": "When an epoch’s weights replace those that the run keeps as its "
    "result. The best are chosen on the validation images. Automatic: the last epoch’s, where the "
    "rates fall to zero by its end; else those of the best accuracy.",
    "choice_stages.keep=auto": "Automatic: by the schedule",
    "choice_stages.keep=accuracy": "Best accuracy: on validation",
    "choice_stages.keep=loss": "Lowest loss: on validation",
    "choice_stages.keep=last": "Last epoch: whatever it is",
    "field_stages.start_from": "starts from",
    "field_stages.start_from_help": "The weights that this stage starts with.",
    "choice_stages.start_from=last": "Last epoch: of the stage before",
    "choice_stages.start_from=best": "Best epoch: the one that is kept",
    # what a field needs to count, after "it counts"
    "when_augmenting": "only if augmented",
    "when_conv": "only with a conv head",
    "when_deep": "only with fc or conv heads",
    "when_falling": "only with step or plateau",
    "when_file": "only for weights from a file",
    "when_hidden": "only with hidden layers",
    "when_labels": "only with heads other than svm and nearest-mean",
    "when_later": "only from stage 2 on",
    "when_layers": "only with new layers",
    "when_patient": "only with early stopping",
    "when_rising": "only without one-cycle",
    "when_sgd": "only with SGD",
    "when_steps": "only with heads that learn step by step",
    "when_svm": "only with an svm head",
    "when_thawed": "only with thawed blocks",
    # groups of a stage's fields, and units
    "group_learning": "Learning",
    "group_schedule": "Schedule",
    "group_regularising": "Regularization",
    "group_stage": "Stage",
    "unit_channels": "channels",
    "unit_epochs": "epochs",
    "unit_half_squares": "× ½ w²",
    "unit_head_rate": "× head’s",
    "unit_next": "× next",
    "unit_norm": "norm",
    "unit_of_step": "of a step",
    "unit_pictures": "images",
    "unit_pixels": "px",
    "unit_rate": "× rate",
    "unit_share": "of 1",
    "unit_step": "a step",
    "unit_units": "units",
    "unit_weight": "× weight",
    "field_augmentation.policy": "augmentation",
    "field_augmentation.cached_views": "kept views",
    "field_augmentation.seed": "seed of kept views",
    # what no recipe holds
    "field_folder": "folder",
    "field_pictures.train": "training pictures",
    "field_pictures.validation": "validation pictures",
    "field_pictures.test": "test pictures",
    "field_environment.device": "device",
    "field_environment.accelerator": "accelerator",
    "field_environment.processor": "processor",
    "field_environment.precision": "precision",
    "field_environment.threads": "threads",
    "field_environment.processes": "processes",
    "field_environment.versions.torch": "PyTorch",
}


def _effect(
    name: str, title: str, does: str, drawn: str, strength: str = "", **others: str
) -> dict[str, str]:
    """The sentences about an effect of augmentation: its name, what it does to an image, what it
    did, and what the number beside its slider says. ``others``: its name within a sentence
    (``short``), that of its field (``field``), and which way a positive value goes (``plus``)."""
    short = others.pop("short", title.lower())
    sentences = {
        f"effect_{name}": title,
        f"effect_{name}_does": does,
        f"effect_{name}_short": short,
        f"drawn_{name}": drawn,
        f"field_augmentation.{name}": others.pop("field", short),
        **{f"effect_{name}_{which}": sentence for which, sentence in others.items()},
    }
    if strength:
        sentences[f"effect_{name}_strength"] = strength
        sentences[f"field_augmentation.{name}_probability"] = f"{short}, share of pictures"
    return sentences


_FACTOR = "20 % means: by a factor from 0.8 to 1.2"
_EFFECTS: dict[str, str] = {
    **_effect(
        "horizontal_flip",
        "Horizontal flip",
        "left and right swapped",
        "flipped left to right",
        short="flip",
        field="horizontal flip",
    ),
    **_effect(
        "vertical_flip",
        "Vertical flip",
        "top and bottom swapped",
        "flipped upside down",
        short="flip",
        field="vertical flip",
    ),
    **_effect(
        "quarter_turns", "Quarter turns", "by 90°, 180° or 270°", "turned by {value} degrees"
    ),
    **_effect(
        "rotation",
        "Rotation",
        "turned about the middle",
        "rotation {value:+.1f} degrees",
        field="rotation, degrees",
        strength="20° means: by −20° to 20°",
        plus="Rotation: + is counter-clockwise, − is clockwise",
    ),
    **_effect(
        "scale",
        "Scale",
        "smaller and larger",
        "scale {value:.2f}",
        strength="20 % means: to 0.8 to 1.2 times the size",
    ),
    **_effect(
        "crop",
        "Crop",
        "a part, as large as the whole",
        "crop of {width:.0f} % of the width and {height:.0f} % of the height, "
        "from {left:.0f} % and {top:.0f} %",
        field="crop, least area kept",
        strength="20 % means: up to a fifth of the area is cut away",
    ),
    "field_augmentation.crop_aspect": "crop, proportions",
    **_effect(
        "translation",
        "Translation",
        "moved across, up and down",
        "translation {x:+.1f} % of the width, {y:+.1f} % of the height",
        strength="10 % means: by up to a tenth of width and height",
        plus="Translation: + is to the right, and down",
    ),
    **_effect(
        "shear",
        "Shear",
        "slanted",
        "shear {x:+.1f} degrees, {y:+.1f} degrees",
        field="shear, degrees",
        strength="10° means: slanted by up to 10°, in both directions",
        plus="Shear: + moves what is above the middle to the right, and what is left of it down",
    ),
    **_effect(
        "perspective",
        "Perspective",
        "as seen at an angle",
        "perspective, corners inwards in %: top left {top_left_x:.1f}, {top_left_y:.1f}; "
        "top right {top_right_x:.1f}, {top_right_y:.1f}; "
        "bottom right {bottom_right_x:.1f}, {bottom_right_y:.1f}; "
        "bottom left {bottom_left_x:.1f}, {bottom_left_y:.1f}",
        strength="20 % means: corners move inwards by up to 10 % of the side",
    ),
    "effect_fill_mode": "Fill mode",
    "effect_fill_mode_does": "for pixels that are uncovered",
    "field_augmentation.fill_mode": "fill mode",
    "field_augmentation.fill_color": "fill colour",
    **_effect(
        "brightness", "Brightness", "darker and lighter", "brightness {value:.2f}", strength=_FACTOR
    ),
    **_effect(
        "contrast", "Contrast", "flatter and harsher", "contrast {value:.2f}", strength=_FACTOR
    ),
    **_effect(
        "saturation",
        "Saturation",
        "paler and more colourful",
        "saturation {value:.2f}",
        strength=_FACTOR,
    ),
    **_effect(
        "hue",
        "Hue",
        "other colours, as light as before",
        "hue {value:+.1f} degrees",
        field="hue, degrees",
        strength="15° of the colour circle means: by −15° to 15°",
        plus="Hue: + turns red towards yellow, − towards violet",
    ),
    **_effect(
        "gamma",
        "Gamma",
        "the greys; black and white stay",
        "gamma {value:.2f}",
        strength="30 % means: exponents from 0.7 to 1.3",
    ),
    **_effect("grayscale", "Greyscale", "without colours", "grayscale"),
    **_effect(
        "blur",
        "Blur",
        "out of focus",
        "blur {value:.1f} px",
        field="blur, pixels",
        strength="Up to this standard deviation, in pixels",
    ),
    **_effect(
        "sharpness", "Sharpness", "softer and sharper", "sharpness {value:.2f}", strength=_FACTOR
    ),
    **_effect(
        "noise",
        "Noise",
        "grain, as in poor light",
        "noise of {value:.1f} levels",
        field="noise, grey levels",
        strength="Up to this standard deviation, of 255 grey levels",
    ),
    **_effect(
        "jpeg",
        "JPEG",
        "traces of strong compression",
        "JPEG quality {value}",
        short="JPEG",
        field="JPEG quality",
        strength="60 means: saved with a quality of 40 to 100. 100 leaves a picture as it is; from "
        "99 on its colours have half the resolution, as in most JPEG files",
    ),
    **_effect("erasing", "Erasing", "a rectangle covered", "erased {value:.2g} % of the area"),
    "field_augmentation.erasing_area": "erasing, share of the area",
}


_WEIGHTS: dict[str, str] = {
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
    "config_file_missing": "There is no file {path}",
    "config_file_unreadable": "The file {path} cannot be read: {reason}",
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
    "rate_without_gradient": "The {kind} head learns in one pass and needs no learning rate",
    "rate_stage_unknown": "There is no stage {stage}: the recipe has {stages}, counted from 1",
    # augmentations as files
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
    **_WEIGHTS,
    **_COMPARISON,
    **_EXPERIMENTS,
    **_FIELDS,
    **_EFFECTS,
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
    "file_system": "The system says: {reason}",
    # how the epoch came to be kept whose figures are told, by ``history.choice``
    "kept_accuracy": "chosen as the best on these pictures",
    "kept_loss": "chosen for the lowest loss on these pictures",
    "kept_last": "the last one, not picked by its score",
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
    """The English sentence of ``code`` with ``values`` filled in; the code itself, where a history
    has one of a later version or lacks a value."""
    try:
        return fill(SENTENCES[code], values)
    except KeyError:
        return code or "?"


def fill(template: str, values: Mapping[str, object]) -> str:
    """``template`` with its {names} replaced; a translated template may leave some out."""
    return template.format_map(dict(values))


class ThawError(Exception):
    """Something that a person can understand and mend: a code and its values.

    ``str()`` gives the English sentence. Raised by ``core`` wherever the cause lies outside
    the program (a file, a folder, a recipe). Paths and errors among the values become text.
    """

    def __init__(self, code: str, /, **values: object) -> None:
        told = {name: _told(value) for name, value in values.items()}
        super().__init__(code, told)
        self.code = code
        self.values = told

    def __str__(self) -> str:
        return sentence(self.code, self.values)


def raise_if_stopped(stop: threading.Event | None) -> None:
    """Raise ``ThawError`` (stopped) once ``stop`` is set."""
    if stop is not None and stop.is_set():
        raise ThawError("stopped")


def _told(value: object) -> object:
    match value:
        case PurePath():
            return str(value)
        case Exception():  # one of the system without its number and path
            return getattr(value, "strerror", None) or str(value) or repr(value)
    return value


class InputError(ThawError):
    """What was asked for or given is wrong: the command line exits with 2."""
