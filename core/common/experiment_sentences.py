"""What ``core.messages`` says of experiments: each kind and arm, the marks, and errors."""

SENTENCES: dict[str, str] = {
    "experiment_runs": "An experiment runs: it has the machine for itself. Stop it first, under "
    "Compare, Experiments",
    "experiment_beside_training": "A run trains: an experiment needs the machine for itself",
    "experiment_missing": "There is no experiment at {path}",
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
    "experiment_first-stage_about": "Why the new head learns alone at first: while it is random, "
    "what it asks of a thawed network can spoil weights that were good, and thawed blocks cost "
    "time",
    "experiment_convnet-rate": "Small against large rate for the ConvNet",
    "experiment_convnet-rate_about": "A tenth of the head's learning rate for the pretrained "
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
    "pictures are right with {first}, {second_share} with {second} (means of the best epochs)",
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
    "experiment_end_by_fitted": "End levels are those of an exponential approach fitted to each "
    "curve",
    "experiment_end_by_last": "End levels are means of the last {epochs} epochs: not every curve "
    "is an exponential approach",
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
