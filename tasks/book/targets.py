"""What the book should hold: objective, risk model, forecast costs and limits."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tasks.book.section import Section


class ExpectedReturnSettings(Section):
    """Section `objective.expected_return`: yearly, only for `mean_variance`."""

    kind: Literal["zero", "historical", "given"] = Field(
        default="zero",
        description="`zero`: no view; `historical`: shrunk mean of the look-back; `given`: yearly figures below.",
    )
    shrink_to_mean_pct: float = Field(
        default=90.0,
        ge=0,
        le=100,
        description="For `historical`: how far each mean is pulled to the cross-section's mean, in percent.",
    )
    yearly_pct: dict[str, float] = Field(
        default={}, description="For `given`: expected excess return per symbol, in percent a year."
    )


class RiskModelSettings(Section):
    """Section `objective.risk_model`."""

    kind: Literal["sample", "ewma", "ledoit_wolf", "factor"] = Field(
        default="ledoit_wolf", description="Covariance estimator of daily returns."
    )
    halflife_sessions: int = Field(
        default=63, ge=5, description="For `ewma`: sessions after which a return counts half."
    )
    factors: int = Field(default=10, ge=1, le=100, description="For `factor`: number of principal-component factors.")


class ObjectiveSettings(Section):
    """Section `objective`: what the weights are chosen for."""

    kind: Literal["mean_variance", "minimum_variance", "risk_parity", "track"] = Field(
        description="`track` follows given weights at least cost: the usual case of an index or model portfolio."
    )
    risk_aversion: float = Field(
        default=5.0,
        gt=0,
        le=1000,
        description="Multiplies the yearly variance (mean-variance; minimum variance and track weigh costs against "
        "it).",
    )
    tracking_aversion: float = Field(
        default=1000.0,
        gt=0,
        le=100_000,
        description="For `track` and `risk_parity`: multiplies the yearly variance of the difference to the weights "
        "that are followed. Lower it to save trading costs at the price of following less closely.",
    )
    cost_aversion: float = Field(default=1.0, ge=0, le=100, description="Multiplies the forecast trading cost.")
    holding_period_sessions: int = Field(
        default=21,
        ge=1,
        le=504,
        description="Sessions over which a trade's cost is spread when it is set against yearly return and variance.",
    )
    weights_pct: dict[str, float] = Field(
        default={}, description="For `track`: target weights per symbol, in percent; the rest is cash."
    )
    weights_file: Path | None = Field(
        default=None,
        description="For `track`: CSV with symbol and weight_pct; relative to the book file.",
        examples=["weights.csv"],
    )
    expected_return: ExpectedReturnSettings = Field(
        default=ExpectedReturnSettings(), description="The view on returns."
    )
    risk_model: RiskModelSettings = Field(default=RiskModelSettings(), description="The view on risk.")

    @model_validator(mode="after")
    def _track_needs_weights(self) -> "ObjectiveSettings":
        given = bool(self.weights_pct) + (self.weights_file is not None)
        if self.kind == "track" and given != 1:
            remedy = "remove one of the two" if given else "write e.g. weights_pct: {AAPL: 20, MSFT: 20}"
            raise ValueError(f"objective `track` follows either `weights_pct` or `weights_file`; {remedy}")
        if self.kind != "track" and given:
            raise ValueError(f"objective `{self.kind}` takes no weights; remove them, or set kind: track")
        if sum(abs(w) for w in self.weights_pct.values()) > 1000:
            raise ValueError("weights_pct add up to more than 1000 percent of net asset value; lower them")
        return self


class CostModelSettings(Section):
    """Section `costs`: what the optimizer forecasts a trade to cost."""

    model: Literal["assumed", "calibrated"] = Field(
        default="assumed",
        description="Where half-spread and impact come from: `assumed` is what stands here, `calibrated` the version "
        "fitted to the book's own orders that a person put in force (`steelyard calibrate BOOK`).",
    )
    half_spread_bps: float = Field(
        default=2.0, ge=0, le=500, description="Assumed half bid-ask spread where the data has no quotes."
    )
    impact_coefficient: float = Field(
        default=1.0,
        ge=0,
        le=20,
        description="b of the 3/2-power impact b * sigma * |x|^1.5 / V^0.5 (sigma and V daily).",
    )
    assumed_adv_usd: float | None = Field(
        default=None,
        gt=0,
        description="Average daily volume to assume where the source has no volumes, in USD a symbol.",
    )
    short_fee_bps_per_year: float = Field(default=50.0, ge=0, description="Borrow fee on short positions.")


class SectorBound(Section):
    """One sector of `limits.sectors`."""

    min_pct: float = Field(default=-1000.0, description="Least weight of the sector, in percent of net asset value.")
    max_pct: float = Field(default=1000.0, description="Most weight of the sector, in percent of net asset value.")

    @model_validator(mode="after")
    def _ordered(self) -> "SectorBound":
        if self.min_pct > self.max_pct:
            raise ValueError(f"min_pct {self.min_pct} is above max_pct {self.max_pct}; swap or widen them")
        return self


class LimitSettings(Section):
    """Section `limits`: bounds on weights and trades; percent here, fractions in the optimizer."""

    long_only: bool = Field(default=True, description="false allows short positions.")
    min_weight_pct: float = Field(
        default=0.0, ge=-100, le=100, description="Least weight of any symbol; negative only when long_only is false."
    )
    max_weight_pct: float = Field(default=100.0, gt=0, le=100, description="Most weight of any symbol.")
    max_gross_pct: float = Field(default=100.0, gt=0, le=1000, description="Sum of absolute weights.")
    min_net_pct: float = Field(default=0.0, ge=-1000, le=1000, description="Least sum of signed weights.")
    max_net_pct: float = Field(default=100.0, ge=-1000, le=1000, description="Most sum of signed weights.")
    cash_reserve_pct: float = Field(default=1.0, ge=0, lt=100, description="Cash that is never invested.")
    cash_reserve_usd: Decimal = Field(
        default=Decimal(0),
        ge=0,
        description="The same as a fixed amount; the larger of the two is kept. With cash_reserve_pct: 0 it alone "
        "counts.",
    )
    min_position_pct: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="A symbol is held with at least this weight or not at all; 0 allows any weight. What falls short "
        "is dropped or raised and the rest is decided again, within all other limits. A buy that cash or gate would "
        "cut below it is not begun and stands over; what is held is not sold for it.",
    )
    max_turnover_pct: float | None = Field(
        default=None, gt=0, le=400, description="Sum of absolute trades (buys plus sells) of one session."
    )
    max_adv_pct: float | None = Field(
        default=None, gt=0, le=100, description="Most of a symbol's average daily volume traded in one session."
    )
    sectors: dict[str, SectorBound] = Field(default={}, description="Bounds per sector name of the universe file.")
    min_esg_score: float | None = Field(
        default=None, description="Least weighted-average ESG score of the invested part."
    )
    max_carbon_intensity: float | None = Field(
        default=None, gt=0, description="Most weighted-average carbon intensity of the invested part."
    )
    no_buy: tuple[str, ...] = Field(default=(), description="Symbols that may only be reduced.")
    no_sell: tuple[str, ...] = Field(default=(), description="Symbols that may only be increased.")
    must_exit: tuple[str, ...] = Field(default=(), description="Symbols whose target is zero.")

    @model_validator(mode="after")
    def _consistent(self) -> "LimitSettings":
        if self.long_only and self.min_weight_pct < 0:
            raise ValueError(
                f"min_weight_pct {self.min_weight_pct} is negative but long_only is true; set long_only: false"
            )
        if self.min_weight_pct > self.max_weight_pct:
            raise ValueError(
                f"min_weight_pct {self.min_weight_pct} is above max_weight_pct {self.max_weight_pct}; "
                "lower it, or raise max_weight_pct"
            )
        if self.min_position_pct > self.max_weight_pct:
            raise ValueError(
                f"min_position_pct {self.min_position_pct} is above max_weight_pct {self.max_weight_pct}, and no "
                "position could have both; lower it, or raise max_weight_pct"
            )
        if self.min_net_pct > self.max_net_pct:
            raise ValueError(
                f"min_net_pct {self.min_net_pct} is above max_net_pct {self.max_net_pct}; "
                "lower it, or raise max_net_pct"
            )
        both = sorted(set(self.no_sell) & set(self.must_exit))
        if both:
            raise ValueError(
                f"{', '.join(both)} in both no_sell and must_exit cannot be kept and sold; "
                "take it out of one of the two"
            )
        return self
