"""What the parts of a recipe are made of: the base class, and the types of its fields."""

import json
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

FitPolicy = Literal["stretch", "crop", "pad"]
FillMode = Literal["constant", "edge", "reflect", "wrap"]

Probability = Annotated[float, Strict(), Field(ge=0, le=1)]
Channel = Annotated[int, Strict(), Field(ge=0, le=255)]
Color = tuple[Channel, Channel, Channel]
SEEDS = 2**63  # how many there are
Seed = Annotated[int, Strict(), Field(ge=0, lt=SEEDS)]


class Config(BaseModel):
    """What all parts of a recipe share: immutable, unknown fields refused, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def only(*built: Any) -> AfterValidator:
    """Accept just these values; the others of the field's type are planned, not built."""

    def check(value: Any) -> Any:
        if value not in built:
            listed = ", ".join(
                item if isinstance(item, str) else json.dumps(item) for item in built
            )
            raise PydanticCustomError("not_built", "not built yet", {"built": listed})
        return value

    return AfterValidator(check)


def refuse(field: str, value: object, allowed: str) -> NoReturn:
    """Say, from a validator of several fields, what ``field`` (a dotted key) must be."""
    values = {"at": field, "value": value, "allowed": allowed}
    raise PydanticCustomError("allowed_at", "not allowed", values)
