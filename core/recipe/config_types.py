"""What the parts of a recipe are made of: the base class, and the types of its fields."""

from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, Strict
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


def refuse(field: str, value: object, allowed: str) -> NoReturn:
    """Say, from a validator of several fields, what ``field`` (a dotted key) must be."""
    values = {"at": field, "value": value, "allowed": allowed}
    raise PydanticCustomError("allowed_at", "not allowed", values)
