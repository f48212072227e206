"""Which cost model a session decides by: the book file's own figures, or the version that a person put in force."""

from dataclasses import dataclass
from datetime import datetime

from tasks.book.targets import CostModelSettings
from tasks.context import StepContext
from tasks.journal import Journal
from tasks.model.cost_model import CostModel, CostModelUsed, CostModelWord, in_force, used, used_from_json
from tasks.model.plan import Finding, Severity

DECISION = "optimize"
FACT = "cost_model"
"""Under this name the decision keeps its version, for every later step."""


@dataclass(frozen=True, slots=True)
class CostsInUse:
    """Section `costs` with the coefficients that a session forecasts by."""

    settings: CostModelSettings
    """`model` says where its figures are from."""
    used: CostModelUsed | None
    """None: they are the book file's own."""

    @property
    def name(self) -> str:
        """Empty for the file's own figures."""
        return self.used.name if self.used else ""

    @property
    def words(self) -> str:
        """The coefficients and where they are from."""
        if self.used:
            return self.used.words
        own = self.settings
        return f"the book file's: half-spread {own.half_spread_bps:g} bps, b {own.impact_coefficient:g}"


def costs_in_use(context: StepContext) -> CostsInUse:
    """Decided once: what the decision kept, or what was in force when the session began.

    Every attempt and every step of a session that is done again thus has the same, whoever approved what meanwhile.
    """
    asked = context.book.costs
    if asked.model != "calibrated":
        return CostsInUse(asked, None)
    decided = context.journal.cycles.checkpoint(context.cycle, DECISION)
    if decided is not None:
        kept = decided.output["facts"].get(FACT)
        return _in_use(asked, used_from_json(kept) if kept else None)
    found = standing(context.journal, context.book.book, context.cycle.created_at)
    return _in_use(asked, used(*found) if found else None)


def standing(journal: Journal, book: str, moment: datetime | None = None) -> tuple[CostModel, CostModelWord] | None:
    """The version in force now, or at a moment, with the word that put it there."""
    word = in_force(journal.cost_models.words(book), moment)
    if word is None:
        return None
    model = next(model for model in journal.cost_models.of(book) if model.model_id == word.model_id)
    return model, word


def _in_use(asked: CostModelSettings, version: CostModelUsed | None) -> CostsInUse:
    if version is None:
        return CostsInUse(asked.model_copy(update={"model": "assumed"}), None)
    figures = {"half_spread_bps": version.half_spread_bps, "impact_coefficient": version.impact_coefficient}
    return CostsInUse(asked.model_copy(update=figures), version)


def cost_findings(context: StepContext, costs: CostsInUse) -> list[Finding]:
    """What a person has to know of where the coefficients are from."""
    if context.book.costs.model != "calibrated" or costs.used:
        return []
    message = (
        "costs.model is calibrated and no version was in force when the session began: costs are forecast with "
        f"{costs.words}. `steelyard calibrate {context.book.book}` proposes one, and a person puts it in force"
    )
    return [Finding(Severity.WARN, "no_cost_model", "costs.model", message, session=context.session)]
