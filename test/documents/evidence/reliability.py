"""The tests of the claims of docs/reference/reliability.md: anchor → tests."""

from test.documents.evidence import places as at
from test.documents.evidence.places import Evidence

RELIABILITY: Evidence = {
    "create-refused": (at.ORDERS + "test_a_refused_order_fails_with_the_exchanges_reason",),
    "create-not-processed": (at.RELIABILITY + "test_what_was_surely_not_processed_is_sent_again",),
    "redirect": (
        "end_to_end/test_redirects.py",
        at.CONNECTOR + "http/test_redirects.py",
    ),
    "create-budget": (
        at.CONNECTOR + "http/test_client_failures.py::test_an_order_that_the_own_limit_keeps_back_was_not_sent",
        "deploy/test_fleet.py::test_three_bots_one_account",
    ),
    "create-ambiguous": (at.RELIABILITY + "test_an_order_whose_answer_is_lost_is_found_and_placed_once",),
    "create-not-found": (
        at.RELIABILITY + "test_an_order_that_never_arrived_fails_and_is_not_sent_again",
        at.RELIABILITY + "test_an_order_that_turns_up_after_it_was_given_up_is_cancelled_and_its_fill_recorded",
        at.WHOSE + "test_an_order_placed_by_hand_after_a_lost_one_is_left_alone",
        at.WHOSE + "test_an_order_that_was_stored_too_late_while_no_bot_ran_is_named_once",
    ),
    "create-identical": (at.RELIABILITY + "test_two_identical_orders_with_lost_answers_are_both_found",),
    "create-waited": (
        at.LAST_LOOK + "test_no_create_leaves_after_the_stop",
        at.LAST_LOOK + "test_an_order_that_had_to_wait_for_too_long_is_not_sent",
        at.LAST_LOOK + "test_a_limit_maker_order_is_looked_at_where_it_leaves",
    ),
    "create-journal-update-fails": (
        at.LAST_LOOK + "test_an_order_that_the_exchange_took_is_followed_although_the_journal_cannot_say_so",
        at.RESTART + "::test_an_order_whose_id_only_hummingbots_database_has_is_not_searched_for",
        at.EXECUTION + "test_startup_reconciliation.py",
    ),
    "startup-reconciliation-fails": (
        at.LAST_LOOK + "test_a_recovery_that_breaks_is_told_and_tried_again_before_anything_is_placed",
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
        at.RESTART + "::test_twins_of_which_one_was_given_up_are_both_found_after_the_restart",
    ),
    "create-too-many-candidates": (
        at.WHOSE + "test_of_more_orders_than_lost_ones_none_is_touched_and_placing_there_pauses",
        at.WHOSE + "test_of_more_late_orders_than_lost_ones_none_is_touched",
        at.WHOSE + "test_on_an_exclusive_account_every_order_is_the_bots",
    ),
    "create-rejected": (at.ORDERS + "test_an_overspending_order_is_created_and_then_fails",),
    "create-early-events": (
        at.ORDERS + "test_a_burst_creates_each_order_once",
        at.CONNECTOR + "test_peatio_exchange_orders.py"
        "::test_events_that_were_dropped_before_the_answer_are_made_up_for",
    ),
    "create-self-trade": (
        at.ORDERS + "test_an_order_that_would_match_ones_own_is_refused_before_sending",
        "end_to_end/test_self_trades.py",
    ),
    "create-own-fault": (
        at.REFUSALS + "test_a_price_outside_the_markets_limits_is_found_before_it_is_sent",
        at.REFUSALS + "test_a_price_that_is_none_fails_that_order_alone",
        at.REFUSALS + "test_limits_that_changed_fail_the_order_that_meets_them_and_are_read_again",
    ),
    "create-paused": (
        at.CLOSED_MARKETS + "test_a_closed_market_pauses_placing_there_and_only_there",
        at.REFUSALS + "test_a_gateways_page_for_one_create_leaves_other_markets_alone",
        at.REFUSALS + "test_placing_resumes_soon_after_a_gateways_page",
        at.REFUSALS + "test_an_answer_about_the_account_pauses_every_market",
        at.EXECUTION + "test_pauses.py",
    ),
    "create-failed": (at.REFUSALS + "test_a_refused_order_is_said_with_its_id_the_reason_and_what_to_do",),
    "create-order-cap": (at.EXECUTION + "test_pauses.py",),
    "settings-unreadable": (
        "end_to_end/test_unreadable_settings.py",
        at.CONNECTOR + "settings/test_live.py",
    ),
    "journal-unusable": (
        at.RELIABILITY + "test_placing_stops_where_the_journal_cannot_be_written_and_cancelling_goes_on",
    ),
    "cancel-unsent": (
        at.LAST_LOOK + "test_an_order_that_is_cancelled_before_it_is_sent_is_withdrawn_wherever_it_waits",
        at.BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_it_is_cancelled",
    ),
    "cancel-failed": (
        at.CANCELS + "test_a_strategys_cancel_goes_on_through_what_is_no_word_about_the_order",
        at.CANCELS + "test_many_refused_cancels_leave_no_stale_quote",
    ),
    "cancel-unknown": (
        at.CANCELS + "test_a_cancel_of_an_order_that_the_exchange_does_not_know_ends",
        "end_to_end/test_cancels.py::test_a_cancel_goes_on_where_the_exchange_finds_the_order_after_all",
    ),
    "cancel-no-event": (
        at.CANCELS + "test_an_accepted_cancel_whose_event_is_lost_asks_the_exchange",
        at.CANCELS + "test_a_cancel_without_effect_is_sent_again",
    ),
    "cancel-pending": (
        at.ORDERS + "test_a_cancel_waits_until_the_order_left_pending",
        at.RELIABILITY + "test_an_order_cancelled_while_pending_for_long_leaves_no_ghost",
    ),
    "cancel-crossed-restart": (
        at.RELIABILITY + "test_an_engine_restart_during_a_cancel_leaves_no_ghost",
        at.EXECUTION + "test_second_cancel.py",
    ),
    "cancel-pegged": (at.EXECUTION + "test_second_cancel.py::test_on_a_pegged_market_no_end_is_above_suspicion",),
    "cancel-submitted-again": (
        at.CANCELS + "test_an_order_that_is_submitted_again_behind_its_cancel_leaves_no_ghost",
        at.EXECUTION + "test_engine_book.py",
    ),
    "cancel-meets-fill": (at.ORDERS + "test_cancelling_an_order_that_has_just_been_filled_ends_as_the_fill",),
    "cancel-already-final": (at.EXECUTION + "test_canceller.py",),
    "cancel-all": (
        at.RELIABILITY + "test_stop_leaves_nothing_open_through_faults",
        at.CANCELS + "test_cancelling_all_goes_on_until_its_time_is_over",
        at.CANCELS + "test_what_cancelling_all_left_is_cancelled_as_long_as_the_connector_runs",
        at.CANCELS + "test_leftovers_whose_cancel_is_refused_are_cancelled_later",
        at.RELIABILITY + "test_a_poll_of_a_hundred_orders_takes_four_requests",
    ),
    "cancel-at-limit": (at.RELIABILITY + "test_cancels_go_out_while_reads_wait_for_the_request_limit",),
    "polls-at-limit": (
        at.CONNECTOR + "http/test_throttler_polls.py",
        "peatio_liquidity/test_request_limit.py::test_quotes_follow_the_source_although_polls_would_take_every_request",
    ),
    "cancel-others": (
        at.ORDERS + "test_orders_of_another_bot_on_the_account_are_left_alone",
        at.WHOSE + "test_an_order_placed_by_hand_after_a_lost_one_is_left_alone",
        at.WHOSE + "test_an_order_placed_by_hand_before_a_lost_one_is_left_alone",
        at.WHOSE + "test_bots_with_separate_folders_leave_each_others_orders_alone",
    ),
    "events-lost": (
        at.STREAMS + "test_fills_missed_while_the_private_stream_was_down_are_recovered",
        at.SILENCE + "test_a_lost_private_connection_asks_rest_at_once",
    ),
    "public-gap": (at.SILENCE + "test_a_gap_in_the_public_stream_asks_rest_at_once",),
    "private-silent": (
        at.SILENCE + "test_an_order_that_the_private_stream_does_not_report_shows_its_silence",
        at.SILENCE + "test_an_order_that_it_reports_does_not",
    ),
    "order-not-found": (
        at.EXECUTION + "test_tracker.py::test_an_order_that_was_found_in_between_is_not_lost",
        at.EXECUTION + "test_tracker.py::test_finds_a_lost_order",
    ),
    "order-engine-lost": (
        at.RELIABILITY + "test_an_open_order_that_the_matching_engine_lost_is_found_and_cancelled",
        at.EXECUTION + "test_engine_book.py",
    ),
    "broker-lost": (
        at.RELIABILITY + "test_a_private_stream_that_has_fallen_silent_is_found_out_by_a_fill_and_polled_for",
        at.CANCELS + "test_an_accepted_cancel_whose_event_is_lost_asks_the_exchange",
    ),
    "row-unreadable": (
        "end_to_end/test_unreadable_rows.py",
        "end_to_end/test_odd_lists.py::test_odd_rows_in_every_list_cost_no_other_row",
        at.CONNECTOR + "http/test_client.py::test_a_row_that_cannot_be_read_is_skipped_and_logged_once",
        at.CONNECTOR + "http/test_lists.py",
    ),
    "event-unreadable": (
        at.CONNECTOR + "test_peatio_exchange_network.py::"
        "test_an_event_that_cannot_be_read_hides_none_beside_it_and_rest_is_asked",
    ),
    "events-reordered": (at.RELIABILITY + "test_duplicated_and_reordered_events_change_nothing",),
    "fill-missing-at-end": (at.EXECUTION + "test_report_handler.py",),
    "market-order-cut-off": (
        at.RESTART + "::test_a_market_order_cut_off_silently_is_closed",
        at.EXECUTION + "test_report_handler.py::test_a_market_order_is_asked_for_until_it_has_ended",
    ),
    "self-trade-fills": (at.ORDERS + "test_a_trade_with_oneself_is_recorded_on_both_orders",),
    "rest-outage": (at.RELIABILITY + "test_an_outage_leaves_orders_as_they_are", "make outage"),
    "retry-after": (
        "end_to_end/test_retry_after.py",
        at.CONNECTOR + "http/test_throttler_holds.py",
        at.CONNECTOR + "http/test_client_failures.py::"
        "test_every_kind_of_request_is_held_back_as_its_answer_asks",
        at.CONNECTOR + "websocket/test_client_reconnect.py::"
        "test_an_exchange_that_says_when_to_come_back_is_waited_for",
    ),
    "network-check": ("end_to_end/test_network_check.py",),
    "clock-jumps": (
        "end_to_end/test_login.py::test_the_servers_clock_is_used_and_followed_when_it_jumps",
        at.CLOCK + "test_waiting_for_the_request_limit_is_no_travel_time",
        at.CLOCK + "test_a_failed_measurement_keeps_the_samples",
        at.CLOCK + "test_a_slow_answer_counts_only_where_it_contradicts_the_samples",
    ),
    "funds-pending": (
        at.BALANCES + "test_orders_reserve_funds_from_their_creation_on_although_the_exchange_locks_nothing_yet",
        at.EXECUTION + "test_reservations.py::test_an_order_reserves_what_the_exchange_will_lock",
    ),
    "funds-late-report": (
        at.BALANCES + "test_a_fill_and_an_end_that_only_a_poll_tells_are_booked_once",
        at.ACCOUNT + "test_balances.py",
    ),
    "funds-others": (
        at.BALANCES + "test_an_order_placed_by_hand_takes_its_funds_at_its_event",
        at.EXECUTION + "test_reservations.py::test_what_an_order_of_others_spent_is_learned_from_a_snapshot",
        at.EXECUTION + "test_reservations.py::test_an_order_that_looked_like_ours_is_counted_when_ours_is_given_up",
    ),
    "funds-missing": (at.ACCOUNT + "test_balance_bounds.py",),
    "funds-bound": (
        at.ACCOUNT + "test_balance_bounds.py"
        "::test_an_end_that_a_snapshot_may_have_makes_nothing_available_before_the_next_one",
        at.ACCOUNT + "test_balance_bounds.py::test_an_order_that_goes_live_late_keeps_the_bound",
    ),
    "funds-difference": (
        at.BALANCES + "test_a_deposit_counts_once_our_orders_were_asked_for",
        at.CONNECTOR + "test_peatio_exchange_account.py"
        "::test_a_difference_that_stays_is_taken_over_once_our_orders_and_trades_were_asked_for",
        at.BALANCES + "test_lost_events_are_found_by_the_balances",
    ),
    "funds-restart": (at.BALANCES + "test_a_fill_between_two_runs_is_not_booked_again",),
    "funds-pushed": (
        at.ACCOUNT + "test_balances.py"
        "::test_a_pushed_balance_is_taken_where_nothing_is_known_and_asks_for_a_snapshot_elsewhere",
        at.BALANCES + "test_pushed_balances_and_events_in_any_order_count_once",
    ),
    "resize-origin": (
        at.RESIZES + "test_an_order_whose_origin_is_lowered_is_resized_at_once_on_any_market",
        at.EXECUTION + "test_resizes.py::test_an_older_report_does_not_undo_a_resize",
        at.EXECUTION + "test_resizes.py::test_where_two_reports_of_one_second_differ_the_exchange_is_asked",
    ),
    "resize-zero": (at.RESIZES + "test_an_order_at_zero_is_neither_open_for_sums_nor_lost",),
    "resize-below": (
        at.EXECUTION + "test_resizes.py::test_a_resize_to_below_what_was_filled_leaves_what_was_filled",
    ),
    "resize-phantom": (
        at.RESIZES + "test_a_phantom_fill_on_a_pegged_market_is_a_resize",
        at.CONNECTOR + "resizes/test_looks.py",
    ),
    "resize-late-trade": (
        at.EXECUTION + "test_resizes.py::test_a_trade_that_turns_up_late_is_booked_once_and_corrects_the_size",
    ),
    "resize-elsewhere": (
        at.RESIZES + "test_a_phantom_fill_elsewhere_stays_one_whose_trade_is_looked_for",
        at.EXECUTION + "test_resizes.py::test_a_late_trade_on_another_market_is_never_taken_for_a_resize",
    ),
    "resize-silent": (at.RESIZES + "test_a_silent_resize_is_found_by_a_poll",),
    "resize-replaced": (
        at.RESIZES + "test_an_order_that_is_replaced_goes_on_under_its_new_id",
        at.RESIZES + "test_two_orders_of_one_price_are_replaced_by_two",
        at.RESIZES + "test_an_order_that_is_cancelled_and_not_replaced_ends",
        at.RESIZES + "test_a_replaced_order_of_the_last_run_is_found",
        at.EXECUTION + "test_replacements.py",
        at.EXECUTION + "test_rivals.py",
        at.EXECUTION + "test_claims.py",
        at.CONNECTOR + "resizes/test_successors.py",
    ),
    "resize-cancel": (
        at.RESIZES + "test_a_cancel_that_meets_a_replaced_order_cancels_the_one_in_its_place",
        at.RESIZES + "test_our_own_cancel_is_not_held_back_and_what_replaces_the_order_is_cancelled",
        at.RESIZES + "test_what_replaces_an_order_behind_its_cancel_is_found_without_an_event_and_its_fill_is_recorded",
        at.RESIZES + "test_the_next_start_finds_what_replaced_an_order_behind_its_cancel",
        at.EXECUTION + "test_taken_cancels.py",
        at.CYCLES + "test_in_the_middle_of_a_cancel",
    ),
    "resize-create": (
        at.CYCLES + "test_in_the_middle_of_a_create",
        at.EXECUTION + "test_order_matching.py",
    ),
    "resize-busy": (at.CYCLES + "test_a_busy_exchange_is_left_alone_for_a_while_and_no_create_is_doubled",),
    "resize-funds": (at.RESIZES + "test_funds_that_a_cycle_moves_are_known_with_the_first_comparison",),
    "resize-strategy": (
        "end_to_end/test_pegged_strategies.py::test_the_orders_of_pure_market_making_have_their_size",
        "end_to_end/test_pegged_strategies.py::test_a_hanging_order_has_its_size_in_every_list",
        "end_to_end/test_pegged_strategies.py::test_an_executor_is_filled_at_the_size_that_its_order_has",
    ),
    "resize-pause": (
        at.CYCLES + "test_quotes_are_off_around_a_known_cycle_and_come_back",
        at.CONNECTOR + "resizes/test_schedule.py",
    ),
    "resize-log": (
        at.RESIZES + "test_a_cycle_is_one_line_in_the_log_and_is_counted",
        at.CONNECTOR + "resizes/test_cycle_log.py",
    ),
    "book-break": (
        at.STREAMS + "test_after_a_restart_of_the_websocket_server_books_and_streams_return",
        at.BOOKS + "test_tracker.py",
        at.BOOKS + "test_tracker_resync.py",
    ),
    "market-unknown": (
        at.STREAMS + "test_a_pair_that_the_exchange_does_not_have_is_named_and_the_others_run",
        at.CLOSED_MARKETS + "test_a_market_that_was_closed_for_a_moment_is_quoted_again",
        at.CLOSED_MARKETS + "test_a_market_that_is_closed_at_the_start_is_traded_once_it_opens",
    ),
    "market-hidden": ("end_to_end/test_odd_lists.py::test_a_hidden_market_is_traded_beside_another_one",),
    "currency-hyphen": (
        "end_to_end/test_odd_lists.py::test_a_currency_with_a_hyphen_is_traded_under_its_hummingbot_name",
        at.CONNECTOR + "common/test_instruments.py::"
        "test_two_currencies_that_would_get_one_name_are_both_left_out_and_named_once",
    ),
    "restart": (
        at.RESTART,
        "end_to_end/test_stop.py",
        "end_to_end/test_killed_at_a_write.py",
        "make chaos",
    ),
    "restart-other-strategy": (
        at.STRATEGIES + "test_an_order_of_another_strategy_is_settled_and_its_fill_recorded_where_it_belongs",
    ),
    "restart-new-key": (at.KEYS + "test_a_new_key_of_the_same_account_settles_the_orders_of_the_old_one",),
    "restart-other-account": (at.KEYS + "test_a_key_of_another_account_leaves_them_and_says_whose_they_are",),
    "guard-bot-killed": (
        at.GUARD + "test_processes.py::test_a_killed_bots_orders_are_cancelled_and_the_next_bot_goes_on",
    ),
    "guard-bot-wakes": (
        at.GUARD + "test_processes.py::test_a_bot_that_stood_still_and_wakes_up_is_fenced_until_it_has_reconciled",
        "end_to_end/test_fence.py",
    ),
    "guard-create-waiting": (
        "end_to_end/test_fence.py::test_a_create_that_waits_for_the_rate_limit_is_stopped_as_well",
    ),
    "guard-create-unanswered": (
        at.GUARD + "test_orphaned_orders.py::test_an_order_whose_answer_the_bot_did_not_hear_is_found_and_cancelled",
    ),
    "guard-exchange-down": (
        at.GUARD + "test_orphaned_orders.py::test_an_exchange_that_does_not_answer_is_asked_until_it_does",
    ),
    "guard-bot-takes-over": (at.GUARD + "test_guard.py::test_a_bot_that_wakes_up_takes_over",),
    "guard-killed": (at.GUARD + "test_guard.py::test_one_that_was_interrupted_is_finished_by_the_next",),
    "guard-clock": (
        at.GUARD + "test_liveness.py::test_a_step_of_the_wall_clock_kills_nobody_and_hides_no_death",
        at.GUARD + "test_liveness.py::test_a_guard_that_stood_still_gives_the_bots_their_time_anew",
    ),
}
