"""What ``core.messages`` says of runs side by side, and of writing them to files."""

SENTENCES: dict[str, str] = {
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
    # test pictures
    "report_test_untouched": "Test pictures that no choice has looked at: {count}. They have not "
    "been evaluated, so what follows rests on the validation pictures",
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
    "value_head_rate": "the head’s own",
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
