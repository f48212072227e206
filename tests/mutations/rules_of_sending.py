"""Broken rules of sending: who may write, what may go out, how much of it, and what is approved."""

from tests.mutations.catch import RuleMutation

SENDING: tuple[RuleMutation, ...] = (
    RuleMutation(
        "a state is set without the fence",
        "tasks.journal.cycles",
        (
            (
                "with self._known.writing() as connection:\n            connection.execute(change.values(status=",
                "with self._engine.begin() as connection:\n            connection.execute(change.values(status=",
            ),
        ),
        "tests/sql/test_leases.py::test_a_process_that_wakes_after_its_lease_was_taken_can_write_nothing",
    ),
    RuleMutation(
        "order events are written without the fence",
        "tasks.journal.orders",
        (
            (
                "with self._known.writing() as connection:\n            told = self._add(connection, events)",
                "with self._engine.begin() as connection:\n            told = self._add(connection, events)",
            ),
        ),
        "tests/sql/test_leases.py::test_a_process_that_wakes_after_its_lease_was_taken_can_write_nothing",
    ),
    RuleMutation(
        "a lease that has run out is never free",
        "tasks.journal.leases",
        (('row["expires_at"] > now and not is_dead', "not is_dead"),),
        "tests/sql/test_leases.py::test_a_living_holder_keeps_its_lease_until_it_runs_out",
    ),
    RuleMutation(
        "a newer holder keeps the older token",
        "tasks.journal.leases",
        (('row["token"] + 1, holder', 'row["token"], holder'),),
        "tests/sql/test_leases.py::test_tokens_only_grow_and_every_holder_is_on_record",
    ),
    RuleMutation(
        "a halt of all books is not seen before an order",
        "tasks.journal.permits",
        (
            (
                "leases.outerjoin(halts, in_force(leases.c.book, EVERY_BOOK))",
                "leases.outerjoin(halts, in_force(leases.c.book))",
            ),
        ),
        "tests/unit/orders/test_submit.py::test_a_halt_that_comes_between_two_orders_stops_the_second",
    ),
    RuleMutation(
        "the mildest of two halts stands",
        "tasks.journal.permits",
        (("max(states,", "min(states,"),),
        "tests/sql/test_halts.py::test_the_stricter_of_a_book_and_of_all_books_stands",
    ),
    RuleMutation(
        "a breaker loosens what a person halted",
        "tasks.journal.halts",
        (('_SPOKEN.c.who.not_like(f"{BREAKER}%")', "_SPOKEN.c.id > 0"),),
        "tests/sql/test_halts.py::test_a_breaker_tightens_and_never_loosens",
    ),
    RuleMutation(
        "reducing may cross zero",
        "tasks.brokers.guard",
        (("request.shares + coming <= abs(held)", "request.shares > 0"),),
        "tests/unit/brokers/test_guard.py::test_while_reducing_a_position_is_never_sold_through_zero_whatever_fills",
    ),
    RuleMutation(
        "reducing forgets the orders that are open already",
        "tasks.brokers.guard",
        (("request.shares + coming <= abs(held)", "request.shares <= abs(held)"),),
        "tests/unit/brokers/test_guard.py::test_while_reducing_a_position_is_never_sold_through_zero_whatever_fills",
    ),
    RuleMutation(
        "an order is called dead at the first look",
        "tasks.orders.unknown_orders",
        (
            (
                "_mark_never_arrived(context, [piece for piece in absent if _is_absent(context, piece, may_send)])",
                "_bury(desk, absent)",
            ),
        ),
        "tests/unit/orders/test_unknown_orders.py::test_an_order_that_shows_up_while_its_silence_is_waited_through_is_not_dead",
    ),
    RuleMutation(
        "a person outranks the broker's evidence",
        "tasks.orders.unknown_orders",
        (
            (
                "        if order is not None:\n            record_answers",
                "        if order is not None and said is None:\n            record_answers",
            ),
        ),
        "tests/unit/orders/test_unknown_orders.py::test_the_brokers_evidence_outranks_a_person",
    ),
    RuleMutation(
        "an unknown order is sent again at any price",
        "tasks.orders.unknown_orders",
        (
            (
                "and not price_holds(context, piece):\n        return False",
                "and not price_holds(context, piece):\n        return True",
            ),
        ),
        "tests/unit/orders/test_unknown_orders.py::test_a_market_order_is_not_sent_again_outside_the_approved_price_band",
    ),
    RuleMutation(
        "an unknown order is sent again after the close",
        "tasks.orders.unknown_orders",
        (("return context.broker.now() < _end_of(context, piece)", "return True"),),
        "tests/unit/orders/test_unknown_orders.py::test_after_the_close_nothing_is_sent_again_and_absence_is_proof",
    ),
    RuleMutation(
        "the key forgets the side",
        "tasks.model.client_order_ids",
        (
            ("{revision}|{symbol}|{side.value}|{wave}", "{revision}|{symbol}|{wave}"),
            ("-{side.value[0]}{wave:03d}", "-{wave:03d}"),
        ),
        "tests/unit/orders/test_submit.py::test_a_key_is_a_pure_function_that_fits_every_broker",
    ),
    RuleMutation(
        "POV forgets our own fills",
        "optimizer.slicing.pov_cap",
        (
            (
                "room = others * p / (1 - p) - Fraction(own_volume_seen) - Fraction(working)",
                "room = others * p / (1 - p) - Fraction(working)",
            ),
        ),
        "tests/unit/optimizer/test_slicing.py::test_pov_never_exceeds_its_cap_on_any_volume_path",
    ),
    RuleMutation(
        "the sweep at the deadline has no participation cap",
        "tasks.execution.slice_size",
        (
            (
                "    if expected is None:\n        return remaining\n",
                "    if expected is None or expected >= 0:\n        return remaining\n",
            ),
        ),
        "tests/unit/execution/test_wave_decision.py::test_the_sweep_at_the_deadline_stays_below_the_participation_cap",
    ),
    RuleMutation(
        "buys cost more cash than is there",
        "tasks.plan.cash_cut",
        (("    if left.enough:\n        return", "    if funds.enough:\n        return"),),
        "tests/unit/execution/test_wave_decision.py::test_buys_never_cost_more_than_the_cash_that_is_there",
    ),
    RuleMutation(
        "cash promised to orders at work is spent again",
        "tasks.execution.buying_power",
        ((" - _still_to_pay_usd(context, quotes)", ""),),
        "tests/unit/execution/test_buying_power.py::test_cash_that_an_order_at_work_may_still_take_is_not_spent_again",
    ),
    RuleMutation(
        "an order goes out beyond the approved band",
        "tasks.execution.wave_decision",
        (("if off_pct <= inputs.price_band_pct:", "if off_pct >= 0:"),),
        "tests/unit/execution/test_wave_decision.py::test_nothing_is_sent_outside_the_approved_price_band_and_the_note_says_so",
    ),
    RuleMutation(
        "a yes never expires",
        "tasks.approval.verdict",
        (("if now > answer.expires_at:", "if now < answer.decided_at:"),),
        "tests/unit/approval/test_approval.py::test_a_yes_holds_until_it_expires",
    ),
    RuleMutation(
        "a yes to one plan is a yes to any",
        "tasks.approval.verdict",
        (("if answer is None or answer.plan_hash != plan_hash:", "if answer is None:"),),
        "tests/unit/approval/test_approval.py::test_a_yes_to_another_plan_is_no_answer",
    ),
    RuleMutation(
        "what is approved says nothing of the shares",
        "tasks.model.plan_json",
        (('        "shares": _decimal(line.shares),\n', '        "shares": "0",\n'),),
        "tests/unit/model/test_plan_json.py::test_changing_any_field_of_a_line_changes_the_hash",
    ),
)
