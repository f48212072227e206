"""An experiment with algorithms: which ones, in what shares, and the seed of the lot."""

from pydantic import Field, field_validator

from tasks.book.section import Section
from tasks.model.orders import Algorithm

AUCTIONS = frozenset({Algorithm.AT_OPEN, Algorithm.AT_CLOSE})
EXAMPLE = "write arms_pct: {vwap: 50, twap: 50}"


class ExperimentSettings(Section):
    """Section `execution.experiment`: orders that one of the arms would work anyway are drawn among the arms by lot."""

    name: str = Field(
        default="algorithms",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="What plans and reports call it: small letters, digits and hyphens.",
        examples=["vwap-or-twap"],
    )
    arms_pct: dict[Algorithm, float] = Field(
        default={},
        description="Chance of each algorithm, in percent; they add up to 100. Auctions are no arms. Empty: none.",
        examples=[{"vwap": 50, "twap": 50}],
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**53,
        description="Of the lot: the same seed, session, symbol and side draw the same arm. One seed an experiment.",
    )

    @field_validator("arms_pct")
    @classmethod
    def _arms(cls, value: dict[Algorithm, float]) -> dict[Algorithm, float]:
        if not value:
            return value
        if len(value) < 2:
            raise ValueError(f"an experiment has at least 2 arms; {EXAMPLE}")
        if auctions := sorted(AUCTIONS & value.keys()):
            raise ValueError(f"{', '.join(auctions)} trades in an auction and is no arm; {EXAMPLE}")
        if min(value.values()) <= 0 or abs(sum(value.values()) - 100) > 1e-9:
            raise ValueError(
                f"the chances add up to {sum(value.values()):g}, each must be above 0 and all 100; {EXAMPLE}"
            )
        return value
