"""The record of every effect by its name; their order is ``core.recipe.config.EFFECTS``."""

from core.augmentation.effects.affine import ROTATION, SCALE, SHEAR, TRANSLATION
from core.augmentation.effects.blur import BLUR
from core.augmentation.effects.color import GRAYSCALE, HUE, SATURATION
from core.augmentation.effects.crop import CROP
from core.augmentation.effects.erasing import ERASING
from core.augmentation.effects.flips import HORIZONTAL_FLIP, QUARTER_TURNS, VERTICAL_FLIP
from core.augmentation.effects.jpeg import JPEG
from core.augmentation.effects.light import BRIGHTNESS, CONTRAST, GAMMA
from core.augmentation.effects.noise import NOISE
from core.augmentation.effects.perspective import PERSPECTIVE
from core.augmentation.effects.record import EffectRecord
from core.augmentation.effects.sharpness import SHARPNESS

RECORDS: dict[str, EffectRecord] = {
    record.name: record
    for record in (
        *(HORIZONTAL_FLIP, VERTICAL_FLIP, QUARTER_TURNS),
        *(ROTATION, SCALE, CROP, TRANSLATION, SHEAR, PERSPECTIVE),
        *(BRIGHTNESS, CONTRAST, SATURATION, HUE, GAMMA, GRAYSCALE),
        *(BLUR, SHARPNESS, NOISE, JPEG, ERASING),
    )
}
