"""The steps that trade: one that writes the schedule down, then one task a wave."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.step import plan_of
from tasks.approval.verdict import Standing, verdict
from tasks.artifacts import publish_progress
from tasks.checkpoints import Done, once, worth_retrying
from tasks.context import Desk, StepEvent
from tasks.errors import NotApprovedError
from tasks.execution.recovery import recover as look_back
from tasks.execution.schedule_orders import prepare_orders
from tasks.execution.wave import work_wave
from tasks.market_data.market_figures import market_figures
from tasks.orders.waves import Wave, WaveKind, waves_of


@task(
    name="recover",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[5, 20],
    retry_condition_fn=worth_retrying,
)
def recover(desk: Desk) -> str:
    """What earlier lives left behind, before anything else; done in every run, never from a checkpoint."""
    desk.listener(StepEvent("recover", "started"))
    sentence = look_back(desk)
    desk.listener(StepEvent("recover", "done", sentence))
    return sentence


@task(name="schedule", cache_policy=NO_CACHE, persist_result=False)
def schedule_orders(desk: Desk) -> dict[str, object]:
    """One block order a trade, with its schedule; raises NotApprovedError when the yes is no longer one."""
    return once(desk, "schedule", _schedule)


@task(
    name="wave",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=[1, 5, 15],
    retry_condition_fn=worth_retrying,
)
def execute_wave(desk: Desk, wave: Wave, waves: tuple[Wave, ...]) -> dict[str, object]:
    """All slices due in one bucket; safe to repeat at any point of it."""
    facts = once(desk, f"wave {wave.number:02d}", lambda d: work_wave(d, wave, waves))
    publish_progress(desk.cycle_id, float(facts["percent"]), f"after wave {wave.number} ({wave.kind})")
    return facts


def execute_waves(desk: Desk) -> None:
    """Every wave of the session in turn; without orders there is none."""
    orders = desk.journal.orders.orders(desk.cycle_id)
    if not orders:
        return
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    first = {number for order in orders for number, _ in order.schedule}
    for wave in waves:
        if wave.kind is WaveKind.OPENING and wave.number not in first:
            continue
        execute_wave.with_options(task_run_name=f"wave {wave.number:02d} {wave.kind} {wave.at:%H:%M} UTC")(
            desk, wave, waves
        )


def _schedule(desk: Desk) -> Done:
    plan_hash, plan = plan_of(desk)
    if plan.trades:
        stands = verdict(desk.journal.decisions.newest_answer(plan_hash), plan_hash, desk.broker.now())
        if stands.standing is not Standing.YES:
            raise NotApprovedError(f"{stands.sentence}; nothing is sent. Run the session again for a new plan")
    # A liquidation has no snapshot, and its even slices need no volatility; orders on record keep their schedule.
    settled = desk.cycle.kind == "liquidation" or bool(desk.journal.orders.orders(desk.cycle_id))
    volatility = {} if settled else market_figures(desk).daily_volatility
    return prepare_orders(desk, plan, plan_hash, volatility)
