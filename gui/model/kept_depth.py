"""A recipe with fewer blocks kept, whose stages thaw blocks that then are gone."""

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.files import RecipeError


def at_depth(recipe: RunConfig, depth: int) -> RunConfig | None:
    """``recipe`` with the first ``depth`` blocks alone, and its stages made to fit: what a stage
    thaws of the others goes, and where that is all, the last kept block thaws in its place.

    None where that is no recipe either.
    """
    data = recipe.to_data()
    data["model"]["depth"] = depth
    for stage in data["stages"]:
        kept = [block for block in stage["thawed"] if block <= depth]
        stage["thawed"] = kept or ([depth] if stage["thawed"] else [])
    try:
        return recipes.make(data)
    except RecipeError:
        return None
