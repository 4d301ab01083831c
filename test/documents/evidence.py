"""docs/internals/evidence.md: which tests hold each claim of the reference pages.

A claim is marked on its page by an anchor, `<a id="gap"></a>`, in front of a sentence or in the first cell of a row.
`EVIDENCE` names its tests; `make docs` makes the page from both, and `test_evidence.py` compares them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "internals" / "evidence.md"
REFERENCE = ROOT / "docs" / "reference"

_EXECUTION = "hummingbot/connector/exchange/peatio/execution/"
_HISTORY = _EXECUTION + "test_order_history.py::"
_BOOKS = "hummingbot/connector/exchange/peatio/order_books/"
_CONNECTOR = "hummingbot/connector/exchange/peatio/"
_NETWORK = _CONNECTOR + "test_peatio_exchange_network.py::"
_ORDERS = "end_to_end/test_orders.py::"
_ACCOUNT = "hummingbot/connector/exchange/peatio/account/"
_BALANCES = "end_to_end/test_balances.py::"
_RELIABILITY = "end_to_end/test_reliability.py::"
_CANCELS = "end_to_end/test_cancels.py::"
_REFUSALS = "end_to_end/test_refusals.py::"
_LAST_LOOK = "end_to_end/test_last_look.py::"
_RESTART = "end_to_end/test_restart.py"
_KEYS = "end_to_end/test_former_keys.py::"
_STRATEGIES = "end_to_end/test_strategies.py::"
_WHOSE = "end_to_end/test_whose_orders.py::"
_STREAMS = "end_to_end/test_streams.py::"
_ORDER_BOOKS = "end_to_end/test_order_books.py::"
_UNTRUSTED_BOOKS = "end_to_end/test_untrusted_books.py::"
_SILENCE = "end_to_end/test_silence.py::"
_LIMIT_MAKER = "end_to_end/test_limit_maker.py::"
_BATCHES = "end_to_end/test_batches.py::"
_FEES = "end_to_end/test_fees.py::"
_GUARD = "peatio_cli/guard/"
_PROFIT = "peatio_cli/report/test_profit.py::"
_VALUES = "peatio_cli/report/test_valuation.py::"
_READING = "peatio_cli/report/test_history.py::"
_VERIFICATION = "peatio_cli/report/test_verification.py::"
_LEDGER = _PROFIT + "test_the_profit_is_what_a_plain_ledger_has_more_at_the_end"
_REPORT = "end_to_end/test_report.py::"
_REPORTED = _REPORT + "test_the_report_is_what_the_ledger_says_after_two_strategies_and_a_restart"
_DIFFERENCE = _REPORT + "test_a_difference_is_named_and_ends_with_an_error"
_NO_KEYS = _REPORT + "test_without_an_exchange_or_keys_what_is_missing_is_said"
_RUNNER = "peatio_cli/strategies/test_v2_with_controllers.py::"
_FILES = "peatio_cli/install/test_strategy_files.py::"

#: Page → anchor → its tests, `file::test` or a whole file below test/, or a target of the Makefile.
EVIDENCE: dict[str, dict[str, tuple[str, ...]]] = {
    "history.md": {
        "history-end": (
            _HISTORY + "test_an_order_that_has_ended_leaves_the_working_table_for_the_history",
            "end_to_end/test_history.py",
        ),
        "history-fill": (
            _HISTORY + "test_the_history_has_each_fill_that_hummingbot_learned_before_the_order_ends",
            _HISTORY + "test_a_fill_that_only_hummingbots_database_knows_is_added",
            _HISTORY + "test_a_fill_that_hummingbot_saved_with_the_order_is_added",
            _HISTORY + "test_a_fill_that_hummingbots_loop_for_lost_orders_finds_is_in_the_history",
            "make chaos",
        ),
        "history-once": (
            _HISTORY + "test_a_fill_stands_in_the_history_once_and_exactly",
            _HISTORY + "test_a_fill_that_only_hummingbots_database_knows_is_added",
        ),
        "history-order": (_HISTORY + "test_what_the_disk_refused_is_written_in_its_order",),
        "history-earlier": (
            _HISTORY + "test_rows_that_an_earlier_version_closed_move_a_few_at_a_time",
            _HISTORY + "test_a_journal_opens_while_another_bot_writes",
            _HISTORY + "test_opening_and_reading_take_no_more_steps_the_more_orders_have_ended",
        ),
    },
    "strategies.md": {
        "runner": (
            _FILES + "test_every_instance_has_a_script_that_runs_controllers",
            "strategies/test_hbot.py::test_hbot_starts_a_controller_without_a_checkout",
        ),
        "runner-reload": (_RUNNER + "test_an_edited_configuration_is_applied_and_a_broken_one_is_not",),
        "runner-id": (_RUNNER + "test_a_controller_without_an_id_has_the_same_at_every_reading",),
        "runner-new": (_RUNNER + "test_a_controller_that_was_not_there_at_the_start_waits_for_a_restart",),
        "runner-drawdown": (_RUNNER + "test_a_controller_that_lost_too_much_is_stopped_for_good",),
        "runner-global": (_RUNNER + "test_the_bot_stops_when_all_together_lost_too_much",),
        "runner-kill": (_RUNNER + "test_the_kill_switch_stops_a_controller_with_its_positions_and_lets_it_go_on",),
        "runner-broker": (
            "strategies/test_broker.py::test_the_results_of_a_controller_arrive_at_the_broker",
            _RUNNER + "test_results_go_to_the_broker_once_a_second",
        ),
        "from": (
            _FILES + "test_a_checkouts_files_replace_ours",
            _FILES + "test_a_checkout_of_another_version_is_refused",
            _FILES + "test_something_else_is_no_checkout",
        ),
        "from-changed": (
            _FILES + "test_what_the_user_wrote_or_changed_stays",
            _FILES + "test_a_runner_that_the_user_changed_stays",
        ),
        "from-again": (_FILES + "test_the_files_follow_the_checkout",),
        "from-outdated": (_FILES + "test_init_names_scripts_of_a_hummingbot_that_was_replaced",),
        "ran": ("make strategies", "strategies/test_page.py", "strategies/test_own.py"),
    },
    "report.md": {
        "report-warning": (
            _EXECUTION + "test_recorded_digits.py",
            _REPORTED,
            _REPORT + "test_what_hummingbots_database_cannot_store_is_in_the_report",
        ),
        "report-instance": (_REPORTED, _READING + "test_without_a_history_it_says_what_to_do"),
        "report-period": (
            _READING + "test_a_day_counts_whole_and_a_time_is_utc",
            _READING + "test_fills_come_by_time_then_trade_and_only_those_of_the_period",
        ),
        "report-currency": (_VALUES + "test_the_currency_is_the_one_with_the_most_fills", _REPORTED),
        "report-digits": (
            _VALUES + "test_all_digits_of_an_amount_are_written_without_exponent",
            _VALUES + "test_a_table_shows_eight_digits_and_all_before_the_point",
            _REPORTED,
        ),
        "report-verify": (_DIFFERENCE,),
        "report-self-trade": (_PROFIT + "test_both_sides_of_a_trade_with_oneself_count", _REPORTED),
        "report-account": (
            _VALUES + "test_two_keys_of_one_member_are_one_market",
            _READING + "test_keys_of_one_member_are_one_account_and_others_are_told_apart",
        ),
        "report-volume": (_REPORTED, _PROFIT + "test_no_digit_is_lost_of_amounts_with_thirty_two"),
        "report-average": (
            _PROFIT + "test_a_sell_takes_from_the_inventory_at_average_cost",
            _PROFIT + "test_what_was_realised_is_the_same_lot_by_lot",
        ),
        "report-opening": (
            _PROFIT + "test_what_was_not_bought_before_comes_from_the_opening_inventory_at_the_first_price",
            _LEDGER,
        ),
        "report-realised": (
            _PROFIT + "test_a_round_trip_earns_the_difference",
            _PROFIT + "test_a_fee_in_quote_is_no_part_of_the_realised_profit",
        ),
        "report-fees": (
            _PROFIT + "test_a_fee_in_base_leaves_the_inventory_at_the_price_of_the_fill",
            _VALUES + "test_an_exchanges_own_price_comes_before_that_of_others",
        ),
        "report-unrealised": (
            _VALUES + "test_the_mid_price_needs_both_sides",
            _VALUES + "test_nothing_held_has_no_unrealised_profit_whatever_the_price",
            _REPORTED,
        ),
        "report-net": (_LEDGER,),
        "report-identity": (_LEDGER, _REPORTED),
        "report-missing": (
            _VALUES + "test_a_missing_rate_is_missing_and_never_zero",
            _VALUES + "test_without_any_price_the_own_currency_is_still_summed",
            _NO_KEYS,
        ),
        "report-rates": (
            _VALUES + "test_the_shortest_way_leads_to_a_rate_both_ways_round",
            _VALUES + "test_markets_are_summed_in_one_currency_over_other_markets",
            _VALUES + "test_an_exchanges_own_price_comes_before_that_of_others",
            _REPORT + "test_a_price_that_the_exchange_lacks_is_that_of_the_rate_source",
        ),
        "report-example": ("peatio_cli/report/test_example.py",),
        "verify-fills": (_VERIFICATION + "test_every_field_is_compared_to_the_last_digit", _REPORTED, _DIFFERENCE),
        "verify-trades": (
            _DIFFERENCE,
            _VERIFICATION + "test_a_fill_that_the_history_learned_meanwhile_is_no_difference",
        ),
        "verify-foreign": (
            _DIFFERENCE,
            _REPORT + "test_trades_of_an_engine_that_names_orders_by_uuid_are_found",
        ),
        "verify-pages": (_VERIFICATION + "test_what_the_pages_cut_off_is_said_and_not_called_verified",),
        "verify-key": (
            _DIFFERENCE,
            _REPORT + "test_a_new_key_of_the_same_member_verifies_what_the_old_one_traded",
            _REPORT + "test_of_two_connectors_at_one_exchange_the_one_with_the_accounts_key_verifies",
            "peatio_cli/test_two_exchanges.py",
        ),
    },
    "reliability.md": {
        "create-refused": (_ORDERS + "test_a_refused_order_fails_with_the_exchanges_reason",),
        "create-not-processed": (_RELIABILITY + "test_what_was_surely_not_processed_is_sent_again",),
        "redirect": (
            "end_to_end/test_redirects.py",
            _CONNECTOR + "http/test_redirects.py",
        ),
        "create-budget": (
            _CONNECTOR + "http/test_client_failures.py::test_an_order_that_the_own_limit_keeps_back_was_not_sent",
            "deploy/test_fleet.py::test_three_bots_one_account",
        ),
        "create-ambiguous": (_RELIABILITY + "test_an_order_whose_answer_is_lost_is_found_and_placed_once",),
        "create-not-found": (
            _RELIABILITY + "test_an_order_that_never_arrived_fails_and_is_not_sent_again",
            _RELIABILITY + "test_an_order_that_turns_up_after_it_was_given_up_is_cancelled_and_its_fill_recorded",
            _WHOSE + "test_an_order_placed_by_hand_after_a_lost_one_is_left_alone",
            _WHOSE + "test_an_order_that_was_stored_too_late_while_no_bot_ran_is_named_once",
        ),
        "create-identical": (_RELIABILITY + "test_two_identical_orders_with_lost_answers_are_both_found",),
        "create-waited": (
            _LAST_LOOK + "test_no_create_leaves_after_the_stop",
            _LAST_LOOK + "test_an_order_that_had_to_wait_for_too_long_is_not_sent",
            _LAST_LOOK + "test_a_limit_maker_order_is_looked_at_where_it_leaves",
        ),
        "create-journal-update-fails": (
            _LAST_LOOK + "test_an_order_that_the_exchange_took_is_followed_although_the_journal_cannot_say_so",
        ),
        "startup-reconciliation-fails": (
            _LAST_LOOK + "test_a_recovery_that_breaks_is_told_and_tried_again_before_anything_is_placed",
        ),
        "step-fails": (
            "end_to_end/test_failing_steps.py::"
            "test_an_order_that_the_exchange_has_is_followed_although_a_step_after_it_fails",
            "end_to_end/test_failing_steps.py::"
            "test_a_given_up_order_that_turns_up_is_cancelled_although_a_step_fails",
        ),
        "late-journal-unusable": (
            "end_to_end/test_failing_steps.py::"
            "test_a_given_up_order_that_turns_up_is_cancelled_while_the_journal_cannot_be_written",
        ),
        "host-raises": ("end_to_end/test_raising_host.py",),
        "create-identical-late": (
            _RESTART + "::test_twins_of_which_one_was_given_up_are_both_found_after_the_restart",
        ),
        "create-too-many-candidates": (
            _WHOSE + "test_of_more_orders_than_lost_ones_none_is_touched_and_placing_there_pauses",
            _WHOSE + "test_of_more_late_orders_than_lost_ones_none_is_touched",
            _WHOSE + "test_on_an_exclusive_account_every_order_is_the_bots",
        ),
        "create-rejected": (_ORDERS + "test_an_overspending_order_is_created_and_then_fails",),
        "create-early-events": (
            _ORDERS + "test_a_burst_creates_each_order_once",
            _CONNECTOR + "test_peatio_exchange_orders.py"
            "::test_events_that_were_dropped_before_the_answer_are_made_up_for",
        ),
        "create-self-trade": (
            _ORDERS + "test_an_order_that_would_match_ones_own_is_refused_before_sending",
            "end_to_end/test_self_trades.py",
        ),
        "create-own-fault": (
            _REFUSALS + "test_a_price_outside_the_markets_limits_is_found_before_it_is_sent",
            _REFUSALS + "test_a_price_that_is_none_fails_that_order_alone",
            _REFUSALS + "test_limits_that_changed_fail_the_order_that_meets_them_and_are_read_again",
        ),
        "create-paused": (
            _RELIABILITY + "test_a_closed_market_pauses_placing_there_and_only_there",
            _REFUSALS + "test_a_gateways_page_for_one_create_leaves_other_markets_alone",
            _REFUSALS + "test_placing_resumes_soon_after_a_gateways_page",
            _REFUSALS + "test_an_answer_about_the_account_pauses_every_market",
            _EXECUTION + "test_pauses.py",
        ),
        "create-failed": (_REFUSALS + "test_a_refused_order_is_said_with_its_id_the_reason_and_what_to_do",),
        "create-order-cap": (_EXECUTION + "test_pauses.py",),
        "settings-unreadable": (
            "end_to_end/test_unreadable_settings.py",
            _CONNECTOR + "settings/test_live.py",
        ),
        "journal-unusable": (
            _RELIABILITY + "test_placing_stops_where_the_journal_cannot_be_written_and_cancelling_goes_on",
        ),
        "cancel-unsent": (
            _LAST_LOOK + "test_an_order_that_is_cancelled_before_it_is_sent_is_withdrawn_wherever_it_waits",
            _BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_it_is_cancelled",
        ),
        "cancel-failed": (
            _CANCELS + "test_a_strategys_cancel_goes_on_through_what_is_no_word_about_the_order",
            _CANCELS + "test_ten_seconds_without_cancels_leave_no_stale_quote",
        ),
        "cancel-unknown": (
            _CANCELS + "test_a_cancel_of_an_order_that_the_exchange_does_not_know_ends",
            "end_to_end/test_cancels.py::test_a_cancel_goes_on_where_the_exchange_finds_the_order_after_all",
        ),
        "cancel-no-event": (
            _CANCELS + "test_an_accepted_cancel_whose_event_is_lost_asks_the_exchange",
            _CANCELS + "test_a_cancel_without_effect_is_sent_again",
        ),
        "cancel-pending": (
            _ORDERS + "test_a_cancel_waits_until_the_order_left_pending",
            _RELIABILITY + "test_an_order_cancelled_while_pending_for_long_leaves_no_ghost",
        ),
        "cancel-crossed-restart": (
            _RELIABILITY + "test_an_engine_restart_during_a_cancel_leaves_no_ghost",
            _EXECUTION + "test_second_cancel.py",
        ),
        "cancel-meets-fill": (_ORDERS + "test_cancelling_an_order_that_has_just_been_filled_ends_as_the_fill",),
        "cancel-already-final": (_EXECUTION + "test_canceller.py",),
        "cancel-all": (
            _RELIABILITY + "test_stop_leaves_nothing_open_through_faults",
            _CANCELS + "test_cancelling_all_goes_on_until_its_time_is_over",
            _CANCELS + "test_what_cancelling_all_left_is_cancelled_as_long_as_the_connector_runs",
            _CANCELS + "test_leftovers_whose_cancel_is_refused_are_cancelled_later",
            _RELIABILITY + "test_a_poll_of_a_hundred_orders_takes_four_requests",
        ),
        "cancel-at-limit": (_RELIABILITY + "test_cancels_go_out_while_reads_wait_for_the_request_limit",),
        "cancel-others": (
            _ORDERS + "test_orders_of_another_bot_on_the_account_are_left_alone",
            _WHOSE + "test_an_order_placed_by_hand_after_a_lost_one_is_left_alone",
            _WHOSE + "test_an_order_placed_by_hand_before_a_lost_one_is_left_alone",
            _WHOSE + "test_bots_with_separate_folders_leave_each_others_orders_alone",
        ),
        "events-lost": (
            _STREAMS + "test_fills_missed_while_the_private_stream_was_down_are_recovered",
            _SILENCE + "test_a_lost_private_connection_asks_rest_at_once",
        ),
        "public-gap": (_SILENCE + "test_a_gap_in_the_public_stream_asks_rest_at_once",),
        "private-silent": (
            _SILENCE + "test_an_order_that_the_private_stream_does_not_report_shows_its_silence",
            _SILENCE + "test_an_order_that_it_reports_does_not",
        ),
        "order-not-found": (
            _EXECUTION + "test_tracker.py::test_an_order_that_was_found_in_between_is_not_lost",
            _EXECUTION + "test_tracker.py::test_finds_a_lost_order",
        ),
        "order-engine-lost": (
            _RELIABILITY + "test_an_open_order_that_the_matching_engine_lost_is_found_and_cancelled",
            _EXECUTION + "test_engine_book.py",
        ),
        "broker-lost": (
            _RELIABILITY + "test_a_private_stream_that_has_fallen_silent_is_found_out_by_a_fill_and_polled_for",
            _CANCELS + "test_an_accepted_cancel_whose_event_is_lost_asks_the_exchange",
        ),
        "row-unreadable": (
            "end_to_end/test_unreadable_rows.py",
            "end_to_end/test_odd_lists.py::test_odd_rows_in_every_list_cost_no_other_row",
            _CONNECTOR + "http/test_client.py::test_a_row_that_cannot_be_read_is_skipped_and_logged_once",
            _CONNECTOR + "http/test_lists.py",
        ),
        "event-unreadable": (
            _CONNECTOR + "test_peatio_exchange_network.py::"
            "test_an_event_that_cannot_be_read_hides_none_beside_it_and_rest_is_asked",
        ),
        "events-reordered": (_RELIABILITY + "test_duplicated_and_reordered_events_change_nothing",),
        "fill-missing-at-end": (_EXECUTION + "test_report_handler.py",),
        "market-order-cut-off": (
            _RESTART + "::test_a_market_order_cut_off_silently_is_closed",
            _EXECUTION + "test_report_handler.py::test_a_market_order_is_asked_for_until_it_has_ended",
        ),
        "self-trade-fills": (_ORDERS + "test_a_trade_with_oneself_is_recorded_on_both_orders",),
        "rest-outage": (_RELIABILITY + "test_an_outage_leaves_orders_as_they_are", "make outage"),
        "retry-after": (
            "end_to_end/test_retry_after.py",
            _CONNECTOR + "http/test_throttler_holds.py",
            _CONNECTOR + "http/test_client_failures.py::"
            "test_every_kind_of_request_is_held_back_as_its_answer_asks",
            _CONNECTOR + "websocket/test_client_reconnect.py::"
            "test_an_exchange_that_says_when_to_come_back_is_waited_for",
        ),
        "network-check": ("end_to_end/test_network_check.py",),
        "clock-jumps": (
            "end_to_end/test_login.py::test_the_servers_clock_is_used_and_followed_when_it_jumps",
            _NETWORK + "test_waiting_for_the_request_limit_is_no_travel_time",
            _NETWORK + "test_a_failed_measurement_keeps_the_samples",
            _NETWORK + "test_a_slow_answer_counts_only_where_it_contradicts_the_samples",
        ),
        "funds-pending": (
            _BALANCES + "test_orders_reserve_funds_from_their_creation_on_although_the_exchange_locks_nothing_yet",
            _EXECUTION + "test_reservations.py::test_an_order_reserves_what_the_exchange_will_lock",
        ),
        "funds-late-report": (
            _BALANCES + "test_a_fill_and_an_end_that_only_a_poll_tells_are_booked_once",
            _ACCOUNT + "test_balances.py",
        ),
        "funds-others": (
            _BALANCES + "test_an_order_placed_by_hand_takes_its_funds_at_its_event",
            _EXECUTION + "test_reservations.py::test_what_an_order_of_others_spent_is_learned_from_a_snapshot",
        ),
        "funds-missing": (_ACCOUNT + "test_balances.py",),
        "funds-difference": (
            _BALANCES + "test_a_deposit_counts_once_our_orders_were_asked_for",
            _CONNECTOR + "test_peatio_exchange_account.py"
            "::test_a_difference_that_stays_is_taken_over_once_our_orders_and_trades_were_asked_for",
            _BALANCES + "test_lost_events_are_found_by_the_balances",
        ),
        "funds-restart": (_BALANCES + "test_a_fill_between_two_runs_is_not_booked_again",),
        "funds-pushed": (
            _ACCOUNT + "test_balances.py"
            "::test_a_pushed_balance_is_taken_where_nothing_is_known_and_asks_for_a_snapshot_elsewhere",
            _BALANCES + "test_pushed_balances_and_events_in_any_order_count_once",
        ),
        "book-break": (
            _STREAMS + "test_after_a_restart_of_the_websocket_server_books_and_streams_return",
            _BOOKS + "test_tracker.py",
            _BOOKS + "test_tracker_resync.py",
        ),
        "market-unknown": (
            _STREAMS + "test_a_pair_that_the_exchange_does_not_have_is_named_and_the_others_run",
            _RELIABILITY + "test_a_market_that_was_closed_for_a_moment_is_quoted_again",
            _RELIABILITY + "test_a_market_that_is_closed_at_the_start_is_traded_once_it_opens",
        ),
        "market-hidden": ("end_to_end/test_odd_lists.py::test_a_hidden_market_is_traded_beside_another_one",),
        "currency-hyphen": (
            "end_to_end/test_odd_lists.py::test_a_currency_with_a_hyphen_is_traded_under_its_hummingbot_name",
            _CONNECTOR + "common/test_instruments.py::"
            "test_two_currencies_that_would_get_one_name_are_both_left_out_and_named_once",
        ),
        "restart": (
            _RESTART,
            "end_to_end/test_stop.py",
            "end_to_end/test_killed_at_a_write.py",
            "make chaos",
        ),
        "restart-other-strategy": (
            _STRATEGIES + "test_an_order_of_another_strategy_is_settled_and_its_fill_recorded_where_it_belongs",
        ),
        "restart-new-key": (_KEYS + "test_a_new_key_of_the_same_account_settles_the_orders_of_the_old_one",),
        "restart-other-account": (_KEYS + "test_a_key_of_another_account_leaves_them_and_says_whose_they_are",),
        "guard-bot-killed": (
            _GUARD + "test_processes.py::test_a_killed_bots_orders_are_cancelled_and_the_next_bot_goes_on",
        ),
        "guard-bot-wakes": (
            _GUARD + "test_processes.py::test_a_bot_that_stood_still_and_wakes_up_is_fenced_until_it_has_reconciled",
            "end_to_end/test_fence.py",
        ),
        "guard-create-waiting": (
            "end_to_end/test_fence.py::test_a_create_that_waits_for_the_rate_limit_is_stopped_as_well",
        ),
        "guard-create-unanswered": (
            _GUARD + "test_orphaned_orders.py::test_an_order_whose_answer_the_bot_did_not_hear_is_found_and_cancelled",
        ),
        "guard-exchange-down": (
            _GUARD + "test_orphaned_orders.py::test_an_exchange_that_does_not_answer_is_asked_until_it_does",
        ),
        "guard-bot-takes-over": (_GUARD + "test_guard.py::test_a_bot_that_wakes_up_takes_over",),
        "guard-killed": (_GUARD + "test_guard.py::test_one_that_was_interrupted_is_finished_by_the_next",),
        "guard-clock": (
            _GUARD + "test_liveness.py::test_a_step_of_the_wall_clock_kills_nobody_and_hides_no_death",
            _GUARD + "test_liveness.py::test_a_guard_that_stood_still_gives_the_bots_their_time_anew",
        ),
    },
    "order-books.md": {
        "gap": (_ORDER_BOOKS + "test_a_gap_empties_the_book_until_there_is_a_snapshot_behind_it",),
        "step-back": (_BOOKS + "test_tracker.py::test_any_other_sequence_than_the_next_empties_the_book",),
        "engine-restart": (
            _ORDER_BOOKS + "test_an_engine_restart_is_noticed_and_followed",
            _BOOKS + "test_tracker_restarts.py",
        ),
        "early-increment": (_BOOKS + "test_tracker.py::test_an_increment_before_the_first_snapshot_is_dropped",),
        "unreadable": (
            _BOOKS + "test_tracker.py::test_an_increment_that_cannot_be_read_is_a_break",
            _BOOKS + "test_tracker_resync.py::test_a_stored_level_that_is_no_number_is_asked_for_again",
            _BOOKS
            + "test_tracker_resync.py::test_whatever_breaks_the_following_of_a_book_it_is_subscribed_to_again",
        ),
        "crossed": (
            _ORDER_BOOKS + "test_a_book_that_stays_crossed_is_emptied",
            _BOOKS + "test_tracker_ticks.py::test_a_crossed_snapshot_is_none",
        ),
        "silent": (
            _ORDER_BOOKS + "test_trades_seen_over_rest_show_that_the_stream_has_gone_silent",
            _ORDER_BOOKS + "test_own_fills_found_over_rest_show_it_too",
        ),
        "depleted": (_ORDER_BOOKS + "test_what_lies_beyond_the_cut_of_a_snapshot_is_not_made_up",),
        "connection-lost": (_STREAMS + "test_after_a_restart_of_the_websocket_server_books_and_streams_return",),
        "frozen-server": (_SILENCE + "test_a_frozen_server_is_noticed_by_its_missing_pong",),
        "crossed-levels-return": (
            _BOOKS + "test_levels.py::test_a_level_that_was_crossed_for_a_moment_is_there_again",
        ),
        "cut-side": (_BOOKS + "test_levels.py::test_a_book_is_the_exchanges_as_far_as_it_is_known",),
        "quiet-market": (
            _CONNECTOR
            + "order_books/test_tracker_ticks.py::test_a_quiet_market_is_asked_for_its_last_trade_now_and_then",
            _BOOKS + "test_tracker_ticks.py::test_trades_that_only_rest_reports_are_found_out_within_ten_seconds",
        ),
        "old-trade": (
            _CONNECTOR
            + "order_books/test_tracker_ticks.py::test_a_trade_that_was_before_the_book_was_last_heard_is_nothing_new",
        ),
        "replay-whole": (_BOOKS + "test_tracker_ticks.py::test_a_replay_that_ends_crossed_is_not_shown_for_a_moment",),
        "replay-shows-nothing-new": (
            _CONNECTOR
            + "order_books/test_tracker_ticks.py::test_a_silent_book_whose_replay_shows_nothing_new_stays_empty",
            _CONNECTOR
            + "order_books/test_tracker_ticks.py::test_a_silent_book_that_rest_depth_agrees_with_missed_nothing",
        ),
        "rest-depth": (
            _ORDER_BOOKS + "test_rest_depth_takes_a_silent_streams_place_and_gives_way_to_it",
            _BOOKS + "test_depth.py",
        ),
        "rest-fed-ready": (
            _ORDER_BOOKS
            + "test_a_quiet_market_is_quoted_from_rest_depth_after_a_restart_of_the_websocket_server",
            _EXECUTION + "test_maker_only.py::test_from_rest_depth_only_resting_limit_orders_pass",
            _BOOKS + "test_depth.py::test_the_requests_of_many_fed_books_are_spread",
        ),
        "depth-comparison": (_BOOKS + "test_depth.py::test_a_difference_is_reported_and_counted_and_not_obeyed",),
        "update-id": (_BOOKS + "test_tracker.py::test_the_update_id_rises_whatever_the_sequence_does",),
        "random-streams": (
            _BOOKS + "test_tracker_streams.py::test_a_trusted_book_is_the_exchanges_whatever_happens_on_the_way",
        ),
        "replays-one-by-one": (
            _ORDER_BOOKS + "test_replays_that_together_overflow_the_queue_come_one_after_the_other",
        ),
        "replay-too-long": (
            _ORDER_BOOKS + "test_a_replay_that_overflows_the_queue_alone_is_survived_until_it_is_shorter",
        ),
        "cut-for-slowness": (_ORDER_BOOKS + "test_a_reader_that_was_cut_for_slowness_comes_back",),
        "no-orders-from-empty-book": (
            _UNTRUSTED_BOOKS + "test_pure_market_making_creates_no_order_from_an_untrusted_book",
        ),
        "empty-book-log": (
            _UNTRUSTED_BOOKS + "test_what_hummingbot_says_of_an_empty_book_is_logged_once_with_its_end",
            _BOOKS + "test_paper_trade.py::test_an_empty_book_is_reported_once_for_each_time_it_is_empty",
            _BOOKS + "test_paper_trade.py::test_errors_of_ticks_are_left_out_only_while_a_book_is_empty",
        ),
        "pull-quotes": (
            _UNTRUSTED_BOOKS + "test_own_quotes_are_pulled_from_an_untrusted_market_where_that_is_set",
            _UNTRUSTED_BOOKS + "test_pulling_quotes_goes_on_while_the_exchange_takes_no_cancel",
        ),
    },
    "orders.md": {
        "too-small": (
            "end_to_end/test_small_orders.py::test_the_amount_to_set_is_logged_once_and_stays_in_status",
            "end_to_end/test_small_orders.py::test_an_amount_that_a_strategy_rounds_to_zero_is_named_too",
            "peatio_cli/console/test_notices.py::test_status_ends_with_what_the_user_has_to_change",
        ),
        "maker-rests": (_LIMIT_MAKER + "test_one_that_rests_is_an_order_like_others_and_pays_the_makers_fee",),
        "maker-would-take": (_LIMIT_MAKER + "test_one_that_would_take_fails_with_its_reason_and_is_not_sent",),
        "maker-no-book": (_LIMIT_MAKER + "test_without_a_trusted_book_none_is_sent",),
        "maker-rest-depth": (_EXECUTION + "test_maker_only.py::test_a_book_that_is_fed_from_rest_depth_counts",),
        "maker-repeated": (
            _CONNECTOR
            + "execution/test_submission.py::test_a_limit_maker_order_is_looked_at_again_before_each_sending",
        ),
        "maker-took": (_LIMIT_MAKER + "test_one_that_took_all_the_same_is_reported",),
        "maker-openfinex": (_LIMIT_MAKER + "test_openfinex_is_told_and_decides_itself",),
        "maker-strategies": (_LIMIT_MAKER + "test_strategies_that_make_markets_choose_it",),
        "batch-lost-answers": (_BATCHES + "test_lost_answers_lose_no_order_of_a_batch_and_double_none",),
        "batch-success": (_BATCHES + "test_each_order_has_its_own_result_in_the_order_of_the_batch",),
        "batch-failure": (
            _BATCHES + "test_what_never_arrived_fails_for_itself_alone",
            _BATCHES + "test_every_cancel_has_its_own_result",
        ),
        "batch-concurrency": (
            _BATCHES + "test_each_order_has_its_own_result_in_the_order_of_the_batch",
            _BATCHES + "test_cancels_and_what_they_ask_are_bounded",
        ),
        "batch-withdrawn": (
            _BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_it_is_cancelled",
            _BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_the_connector_stops",
        ),
        "batch-caller-leaves": (
            _BATCHES + "test_who_leaves_a_batch_loses_no_order_of_it",
            _BATCHES + "test_who_leaves_a_cancel_of_many_leaves_none_open",
        ),
        "batch-others": (_BATCHES + "test_hummingbots_own_calls_name_the_orders_at_once_and_tell_by_events",),
        "batch-whole-side": (_BATCHES + "test_cancelling_some_never_cancels_a_whole_side",),
        "fee-rows": (_FEES + "test_every_estimate_has_the_fees_of_the_members_group_and_market",),
        "fee-callers": (_FEES + "test_every_estimate_has_the_fees_of_the_members_group_and_market",),
        "fee-refresh": (_FEES + "test_fees_come_late_and_not_after_twelve_hours",),
        "fee-change": (
            _FEES + "test_another_group_is_noticed_by_the_next_order_and_taken_over_on_all_pairs",
            _FEES + "test_a_changed_table_is_noticed_by_the_next_order",
        ),
        "fee-group-hidden": (_FEES + "test_where_the_group_is_not_told_orders_tell_what_they_are_charged",),
        "fee-defaults": (
            _CONNECTOR
            + "test_peatio_exchange_account.py::test_until_the_fees_are_known_the_stock_ones_are_the_estimate",
        ),
    },
}

_INTRODUCTION = """# Evidence

Made by `make docs` from the anchors on the pages and from `test/documents/evidence.py`. Each row is a claim of a
reference page, linked to its place there, and the tests that hold it; paths are below `test/`.
"""
_HEADING_OR_CLAIM = re.compile(
    r"^## (?P<heading>[^\n]+)$"
    r'|^\| <a id="(?P<row>[a-z0-9-]+)"></a>(?P<case>[^|]+) \| (?P<outcome>[^|]+) \|'
    r'|<a id="(?P<anchor>[a-z0-9-]+)"></a>(?P<sentence>.+?)(?=\.\s|\n\n|\Z)',
    re.M | re.S,
)


@dataclass(frozen=True)
class Claim:
    """What a page claims.

    :ivar section: the heading above it
    :ivar text: the sentence behind the anchor, or the first cell of the row, without links and emphasis
    :ivar outcome: the second cell of the row; "" for a sentence
    """

    anchor: str
    section: str
    text: str
    outcome: str = ""


def claims(page: str) -> Iterator[Claim]:
    """The claims of the page `page` of docs/reference, in their order."""
    section = ""
    for match in _HEADING_OR_CLAIM.finditer((REFERENCE / page).read_text(encoding="utf-8")):
        if match["heading"]:
            section = match["heading"]
        elif match["row"]:
            yield Claim(match["row"], section, _plain(match["case"]), _plain(match["outcome"]))
        else:
            yield Claim(match["anchor"], section, _plain(match["sentence"]))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("**", "").split())


def render() -> str:
    """The whole page."""
    return _INTRODUCTION + "".join(_section(page) for page in EVIDENCE)


def _section(page: str) -> str:
    lines = [f"\n## [{page}](../reference/{page})\n"]
    section = None
    for claim in claims(page):
        if claim.section != section:
            section = claim.section
            lines.append(f"\n### {section}\n\n| claim | tests |\n| --- | --- |\n")
        text = f"[{claim.text}](../reference/{page}#{claim.anchor})" + (f": {claim.outcome}" if claim.outcome else "")
        tests = "<br>".join(f"`{test}`" for test in EVIDENCE[page].get(claim.anchor, ()))
        lines.append(f"| {text} | {tests} |\n")
    return "".join(lines)
