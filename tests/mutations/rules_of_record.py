"""Broken rules of the record: what is owned, what it cost, what differs, and whether anybody changed it since."""

from tests.mutations.catch import RuleMutation

RECORD: tuple[RuleMutation, ...] = (
    RuleMutation(
        "the average cost moves when shares are sold",
        "tasks.model.ledger",
        (
            (
                "cost_usd=held.cost_usd - cost_closed + opened * price",
                "cost_usd=held.cost_usd - closing * price + opened * price",
            ),
        ),
        "tests/unit/model/test_ledger.py::test_selling_realises_against_the_average_and_leaves_it_alone",
    ),
    RuleMutation(
        "a short that is opened through zero costs nothing",
        "tasks.model.ledger",
        (("opened = rest if rest * shares > 0 else ZERO", "opened = ZERO"),),
        "tests/unit/model/test_ledger.py::test_selling_through_zero_closes_the_long_and_opens_a_short_at_the_price",
    ),
    RuleMutation(
        "a split changes what the shares cost",
        "tasks.model.ledger",
        (
            (
                "replace(held, shares=shares, realised_usd=realised))",
                "replace(traded(held, entry.shares, Decimal(1)), realised_usd=realised))",
            ),
        ),
        "tests/unit/model/test_ledger.py::test_a_split_changes_shares_and_leaves_the_cost",
    ),
    RuleMutation(
        "a dividend is forgotten",
        "tasks.model.ledger",
        (("dividends_usd=state.dividends_usd + entry.amount_usd", "cash_usd=state.cash_usd - entry.amount_usd"),),
        "tests/unit/model/test_ledger.py::test_a_dividend_is_cash_and_no_change_of_cost",
    ),
    RuleMutation(
        "of two corrections the first stands",
        "tasks.model.executions",
        (("last = max(ends", "last = min(ends"),),
        "tests/unit/model/test_executions_that_count.py::test_the_broker_s_word_goes_before_what_a_person_booked",
    ),
    RuleMutation(
        "a bust leaves its shares",
        "tasks.model.executions",
        (
            (
                "return tuple(e for e in known.values() if e.execution_id not in gone)",
                "return tuple(e for e in known.values() if e.execution_id not in gone or not e.supersedes)",
            ),
        ),
        "tests/unit/model/test_executions_that_count.py::test_a_bust_leaves_nothing_unless_it_cost_a_fee",
    ),
    RuleMutation(
        "a cent of cash is no difference",
        "tasks.reconciliation.compare",
        (('HALF_A_CENT = Decimal("0.005")', 'HALF_A_CENT = Decimal("0.05")'),),
        "tests/unit/reconciliation/test_compare.py::test_cash_agrees_to_the_cent",
    ),
    RuleMutation(
        "a share that only the broker has is no difference",
        "tasks.reconciliation.compare",
        (("for symbol in sorted({*ours, *theirs})}", "for symbol in sorted(ours)}"),),
        "tests/unit/reconciliation/test_compare.py::test_a_position_that_only_one_side_has_is_a_break",
    ),
    RuleMutation(
        "an order that only the broker has is no difference",
        "tasks.reconciliation.compare",
        (("return (*extra, *lost)", "return (*lost,)"),),
        "tests/unit/reconciliation/test_compare.py::test_an_order_that_still_works_is_a_break_unless_it_is_expected",
    ),
    RuleMutation(
        "the hash of a row leaves its amounts out",
        "sql.row_hash",
        (
            (
                "if value != neutral or kind is not type(neutral):",
                "if kind is not Decimal and (value != neutral or kind is not type(neutral)):",
            ),
        ),
        "tests/sql/test_audit_chain.py::test_an_edit_of_any_column_is_found_and_the_row_is_named",
    ),
    RuleMutation(
        "an entry of the chain does not hold the one before",
        "sql.row_hash",
        (('f"{previous}|{seq}|', 'f"{seq}|'),),
        "tests/sql/test_audit_chain.py::test_an_entry_that_was_made_to_fit_breaks_the_one_after_it",
    ),
    RuleMutation(
        "rows without an entry are not looked for",
        "tasks.journal.audit_check",
        (("for key in named if key not in entered)", "for key in named if key in ())"),),
        "tests/sql/test_audit_chain.py::test_a_removed_and_an_inserted_row_are_found_and_named",
    ),
    RuleMutation(
        "a cut end is not held against the anchor",
        "tasks.journal.audit_check",
        (("furthest.seq > last:", "furthest.seq > last + 10**9:"),),
        "tests/sql/test_audit_chain.py::test_a_cut_end_is_found_by_its_anchor",
    ),
    RuleMutation(
        "a session is done because its row says so",
        "tasks.model.session_record",
        (
            (
                'if cycle.status == "done" and not reported:',
                'if cycle.status == "done" and not reported and not planned:',
            ),
        ),
        "tests/sql/test_audit_of_sessions.py::test_a_session_that_was_never_done_and_is_said_to_be_is_named",
    ),
    RuleMutation(
        "a session whose row is gone is not missed",
        "tasks.journal.audit_cycles",
        ((".where(~there)", ".where(~there & there)"),),
        "tests/sql/test_audit_of_sessions.py::test_a_session_whose_row_is_gone_is_named_with_what_rests_on_it",
    ),
    RuleMutation(
        "a lease may be set back to an older token",
        "tasks.journal.audit_cycles",
        (("(lease.token, lease.taken_at) != (said.token, said.taken_at)", "lease.taken_at != said.taken_at"),),
        "tests/sql/test_audit_of_sessions.py::test_a_lease_that_is_not_what_its_log_ends_with_is_named",
    ),
    RuleMutation(
        "a report is in its place before its hash is on record",
        "tasks.tca.write",
        (
            (
                "    record(files)\n    for name, path in waiting.items():\n        os.replace(path, folder / name)\n",
                "    for name, path in waiting.items():\n        os.replace(path, folder / name)\n    record(files)\n",
            ),
        ),
        "tests/unit/audit/test_killed_while_reporting.py::"
        "test_a_kill_at_any_moment_is_told_as_one_and_a_forgery_at_any_moment_too",
    ),
    RuleMutation(
        "whatever lies beside an unfinished report is an earlier one",
        "tasks.audit.report_files",
        ((" and _was_before(path.name, found, earlier):", " and earlier:"),),
        "tests/unit/audit/test_killed_while_reporting.py::"
        "test_a_kill_at_any_moment_is_told_as_one_and_a_forgery_at_any_moment_too",
    ),
    RuleMutation(
        "only the page of a report is held against its hash",
        "tasks.model.ledger_records",
        (("self.summary.get(FILES) or {", "{"),),
        "tests/unit/audit/test_audit_commands.py::"
        "test_a_report_that_was_changed_on_the_disk_is_named_and_one_that_is_gone_is_no_flaw",
    ),
    RuleMutation(
        "history may be edited",
        "sql.append_only",
        (('for verb in ("UPDATE", "DELETE")', 'for verb in ("DELETE",)'),),
        "tests/sql/test_journal.py::test_history_cannot_be_edited",
    ),
    RuleMutation(
        "one request more than the allowance passes",
        "tasks.journal.rate_limits",
        (
            ("others = self._limit - ahead", "others = self._limit - ahead + 1"),
            ("deque(maxlen=limit)", "deque(maxlen=limit + 1)"),
        ),
        "tests/sql/test_rate_limits.py::test_nearly_the_whole_allowance_is_used_and_a_strict_server_refuses_nothing",
    ),
    RuleMutation(
        "the urgent stand in line like everybody",
        "tasks.journal.rate_limits",
        (("(urgency < :urgency OR (urgency = :urgency AND since < :since))", "(since < :since AND :urgency >= 0)"),),
        "tests/sql/test_rate_limits.py::test_the_more_urgent_passes_one_that_has_waited_longer",
    ),
)
