"""The book file: one frozen model of everything a portfolio manager decides."""

from typing import Literal

from pydantic import Field

from tasks.book.alerts import AlertSettings
from tasks.book.approval import ApprovalSettings
from tasks.book.audit import AuditSettings
from tasks.book.broker import BrokerSettings
from tasks.book.data import DataSettings, UniverseSettings
from tasks.book.drift import DriftSettings
from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.quality import QualitySettings
from tasks.book.section import Section
from tasks.book.targets import CostModelSettings, LimitSettings, ObjectiveSettings
from tasks.book.tca import TcaSettings

Mode = Literal["research", "manual", "semi_auto", "full_auto"]


class Book(Section):
    """A whole book file, checked: frozen, with every field it does not name at its default."""

    book: str = Field(
        pattern=r"^[a-z][a-z0-9_-]{0,19}$", description="Name of the book: the key of everything recorded about it."
    )
    mode: Mode = Field(
        default="manual",
        description="`research` plans only; `manual` asks a person for each order; `semi_auto` asks above a turnover; "
        "`full_auto` approves by rule.",
    )
    exchange: Literal["XNYS", "XNAS"] = Field(default="XNYS", description="Exchange calendar.")
    confirm: tuple[str, ...] = Field(
        default=(),
        description="Settings whose unusual figure is meant as it stands, as the message that questions it names them.",
        examples=[("limits.max_weight_pct",)],
    )
    broker: BrokerSettings = Field(default=BrokerSettings(), description="Broker and account.")
    universe: UniverseSettings = Field(description="What the book may hold.")
    data: DataSettings = Field(default=DataSettings(), description="Where prices come from.")
    quality: QualitySettings = Field(default=QualitySettings(), description="How strict the data checks are.")
    objective: ObjectiveSettings = Field(description="What the book is for.")
    costs: CostModelSettings = Field(default=CostModelSettings(), description="Forecast trading costs.")
    limits: LimitSettings = Field(default=LimitSettings(), description="What a target must satisfy.")
    drift: DriftSettings = Field(default=DriftSettings(), description="When to trade.")
    orders: OrderSettings = Field(default=OrderSettings(), description="How trades are sized.")
    execution: ExecutionSettings = Field(default=ExecutionSettings(), description="How orders are worked.")
    risk: GateSettings = Field(default=GateSettings(), description="The gate before the broker.")
    approval: ApprovalSettings = Field(default=ApprovalSettings(), description="Who must say yes.")
    alerts: AlertSettings = Field(default=AlertSettings(), description="Who is told what happens.")
    tca: TcaSettings = Field(default=TcaSettings(), description="What is asked of executions in reports.")
    audit: AuditSettings = Field(default=AuditSettings(), description="Where the proof of the record is kept.")
