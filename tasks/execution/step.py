"""The steps that trade: one that writes the schedule down, then one task a wave."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.step import plan_of, unsent
from tasks.approval.verdict import ApprovalState, standing_of
from tasks.artifacts import publish_progress
from tasks.checkpoints import StepResult, run_once, worth_retrying
from tasks.context import StepContext, StepEvent
from tasks.errors import NotApprovedError
from tasks.execution.recovery import recover as look_back
from tasks.execution.schedule_orders import prepare_orders
from tasks.execution.wave import work_wave
from tasks.market_data.market_figures import market_figures
from tasks.orders.waves import Wave, WaveKind, waves_of
from tasks.retry import RECOVERING_STEP_S, WAVE_STEP_S


@task(
    name="recover",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(RECOVERING_STEP_S),
    retry_delay_seconds=list(RECOVERING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def recover(context: StepContext) -> str:
    """What earlier lives left behind, before anything else; done in every run, never from a checkpoint."""
    context.observer(StepEvent("recover", "started"))
    with context.journal.known.remembering():
        sentence = look_back(context)
    context.observer(StepEvent("recover", "done", sentence))
    return sentence


@task(name="schedule", cache_policy=NO_CACHE, persist_result=False)
def schedule_orders(context: StepContext) -> dict[str, object]:
    """One block order a trade, with its schedule; raises NotApprovedError when the yes is no longer one."""
    return run_once(context, "schedule", _schedule)


@task(
    name="wave",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(WAVE_STEP_S),
    retry_delay_seconds=list(WAVE_STEP_S),
    retry_condition_fn=worth_retrying,
)
def execute_wave(context: StepContext, wave: Wave, waves: tuple[Wave, ...]) -> dict[str, object]:
    """All slices due in one bucket; safe to repeat at any point of it."""
    facts = run_once(context, f"wave {wave.number:02d}", lambda d: work_wave(d, wave, waves), card="waves")
    publish_progress(context.cycle_id, float(facts["percent"]), f"after wave {wave.number} ({wave.kind})")
    return facts


def execute_waves(context: StepContext) -> None:
    """Every wave of the session in turn; without orders there is none."""
    with context.journal.known.remembering():
        orders = context.journal.orders.orders(context.cycle_id)
    if not orders:
        return
    waves = waves_of(context.broker.session_hours(context.session), context.book.execution)
    first = {number for order in orders for number, _ in order.schedule}
    for wave in waves:
        if wave.kind is WaveKind.OPENING and wave.number not in first:
            continue
        execute_wave.with_options(task_run_name=f"wave {wave.number:02d} {wave.kind} {wave.at:%H:%M} UTC")(
            context, wave, waves
        )


def _schedule(context: StepContext) -> StepResult:
    plan_hash, plan = plan_of(context)
    if plan.trades:
        said, now = context.journal.decisions.answers(plan_hash), context.broker.now()
        stands = standing_of(said, plan_hash, now, context.book.approval)
        if stands.standing is not ApprovalState.YES:
            raise NotApprovedError(f"{stands.sentence}; nothing is sent. Run the session again for a new plan")
    # A liquidation has no snapshot, and its even slices need no volatility; orders on record keep their schedule.
    settled = context.cycle.kind == "liquidation" or bool(context.journal.orders.orders(context.cycle_id))
    volatility = dict[str, float]() if settled else market_figures(context).daily_volatility
    return prepare_orders(context, plan, plan_hash, volatility, unsent(context, plan_hash, plan))
