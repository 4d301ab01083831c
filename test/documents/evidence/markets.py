"""The tests of the claims of docs/reference/order-books.md and orders.md: anchor → tests."""

from test.documents.evidence import places as at
from test.documents.evidence.places import Evidence

ORDER_BOOKS: Evidence = {
    "gap": (at.ORDER_BOOKS + "test_a_gap_empties_the_book_until_there_is_a_snapshot_behind_it",),
    "step-back": (at.BOOKS + "test_tracker.py::test_any_other_sequence_than_the_next_empties_the_book",),
    "engine-restart": (
        at.ORDER_BOOKS + "test_an_engine_restart_is_noticed_and_followed",
        at.BOOKS + "test_tracker_restarts.py",
    ),
    "other-restart": (
        at.BOOKS + "test_tracker_restarts.py::test_a_restart_that_a_replay_confirms_renews_the_other_books",
        at.BOOKS + "test_tracker_restarts.py::test_books_that_all_were_restarted_are_renewed_once",
        at.BOOKS + "test_tracker_restarts.py::test_a_message_that_comes_late_renews_no_other_book",
    ),
    "first-change": (
        at.BOOKS + "test_sync.py::test_the_first_change_of_an_engine_is_asked_for_again_at_once",
        at.BOOKS + "test_sync.py::test_a_first_change_that_is_stored_with_its_book_is_applied",
        at.BOOKS + "test_tracker_restarts.py::test_an_engine_that_was_restarted_before_its_first_change_is_noticed",
        at.BOOKS + "test_tracker_restarts.py::test_the_first_change_of_the_same_engine_is_no_restart",
    ),
    "doubtful": (
        at.ORDER_BOOKS + "test_a_book_that_goes_on_from_that_of_another_engine_is_mended",
        at.BOOKS + "test_renewal.py",
    ),
    "early-increment": (at.BOOKS + "test_tracker.py::test_an_increment_before_the_first_snapshot_is_dropped",),
    "unreadable": (
        at.BOOKS + "test_tracker.py::test_an_increment_that_cannot_be_read_is_a_break",
        at.BOOKS + "test_tracker_resync.py::test_a_stored_level_that_is_no_number_is_asked_for_again",
        at.BOOKS
        + "test_tracker_resync.py::test_whatever_breaks_the_following_of_a_book_it_is_subscribed_to_again",
    ),
    "crossed": (
        at.ORDER_BOOKS + "test_a_book_that_stays_crossed_is_emptied",
        at.BOOKS + "test_tracker_ticks.py::test_a_crossed_snapshot_is_none",
    ),
    "silent": (
        at.ORDER_BOOKS + "test_trades_seen_over_rest_show_that_the_stream_has_gone_silent",
        at.ORDER_BOOKS + "test_own_fills_found_over_rest_show_it_too",
    ),
    "depleted": (at.ORDER_BOOKS + "test_what_lies_beyond_the_cut_of_a_snapshot_is_not_made_up",),
    "connection-lost": (at.STREAMS + "test_after_a_restart_of_the_websocket_server_books_and_streams_return",),
    "frozen-server": (at.SILENCE + "test_a_frozen_server_is_noticed_by_its_missing_pong",),
    "crossed-levels-return": (
        at.BOOKS + "test_levels.py::test_a_level_that_was_crossed_for_a_moment_is_there_again",
    ),
    "cut-side": (at.BOOKS + "test_levels.py::test_a_book_is_the_exchanges_as_far_as_it_is_known",),
    "quiet-market": (
        at.CONNECTOR
        + "order_books/test_tracker_ticks.py::test_a_quiet_market_is_asked_for_its_last_trade_now_and_then",
        at.BOOKS + "test_tracker_ticks.py::test_trades_that_only_rest_reports_are_found_out_within_ten_seconds",
    ),
    "old-trade": (
        at.CONNECTOR
        + "order_books/test_tracker_ticks.py::test_a_trade_that_was_before_the_book_was_last_heard_is_nothing_new",
    ),
    "replay-whole": (at.BOOKS + "test_tracker_ticks.py::test_a_replay_that_ends_crossed_is_not_shown_for_a_moment",),
    "replay-shows-nothing-new": (
        at.CONNECTOR
        + "order_books/test_tracker_ticks.py::test_a_silent_book_whose_replay_shows_nothing_new_stays_empty",
        at.CONNECTOR
        + "order_books/test_tracker_ticks.py::test_a_silent_book_that_rest_depth_agrees_with_missed_nothing",
    ),
    "rest-depth": (
        at.ORDER_BOOKS + "test_rest_depth_takes_a_silent_streams_place_and_gives_way_to_it",
        at.BOOKS + "test_depth.py",
    ),
    "rest-fed-ready": (
        at.ORDER_BOOKS
        + "test_a_quiet_market_is_quoted_from_rest_depth_after_a_restart_of_the_websocket_server",
        at.EXECUTION + "test_maker_only.py::test_from_rest_depth_only_resting_limit_orders_pass",
        at.BOOKS + "test_depth.py::test_the_requests_of_many_fed_books_are_spread",
    ),
    "depth-comparison": (at.BOOKS + "test_depth.py::test_a_difference_is_reported_and_counted_and_not_obeyed",),
    "update-id": (at.BOOKS + "test_tracker.py::test_the_update_id_rises_whatever_the_sequence_does",),
    "random-streams": (
        at.BOOKS + "test_tracker_streams.py::test_a_trusted_book_is_the_exchanges_whatever_happens_on_the_way",
    ),
    "replays-one-by-one": (
        at.ORDER_BOOKS + "test_replays_that_together_overflow_the_queue_come_one_after_the_other",
    ),
    "replay-too-long": (
        at.ORDER_BOOKS + "test_a_replay_that_overflows_the_queue_alone_is_survived_until_it_is_shorter",
    ),
    "cut-for-slowness": (at.ORDER_BOOKS + "test_a_reader_that_was_cut_for_slowness_comes_back",),
    "no-orders-from-empty-book": (
        at.UNTRUSTED_BOOKS + "test_pure_market_making_creates_no_order_from_an_untrusted_book",
    ),
    "empty-book-log": (
        at.UNTRUSTED_BOOKS + "test_what_hummingbot_says_of_an_empty_book_is_logged_once_with_its_end",
        at.BOOKS + "test_paper_trade.py::test_an_empty_book_is_reported_once_for_each_time_it_is_empty",
        at.BOOKS + "test_paper_trade.py::test_errors_of_ticks_are_left_out_only_while_a_book_is_empty",
    ),
    "pull-quotes": (
        at.UNTRUSTED_BOOKS + "test_own_quotes_are_pulled_from_an_untrusted_market_where_that_is_set",
        at.UNTRUSTED_BOOKS + "test_pulling_quotes_goes_on_while_the_exchange_takes_no_cancel",
    ),
}

ORDERS: Evidence = {
    "too-small": (
        "end_to_end/test_small_orders.py::test_the_amount_to_set_is_logged_once_and_stays_in_status",
        "end_to_end/test_small_orders.py::test_an_amount_that_a_strategy_rounds_to_zero_is_named_too",
        "peatio_cli/console/test_notices.py::test_status_ends_with_what_the_user_has_to_change",
    ),
    "maker-rests": (at.LIMIT_MAKER + "test_one_that_rests_is_an_order_like_others_and_pays_the_makers_fee",),
    "maker-would-take": (at.LIMIT_MAKER + "test_one_that_would_take_fails_with_its_reason_and_is_not_sent",),
    "maker-no-book": (at.LIMIT_MAKER + "test_without_a_trusted_book_none_is_sent",),
    "maker-rest-depth": (at.EXECUTION + "test_maker_only.py::test_a_book_that_is_fed_from_rest_depth_counts",),
    "maker-repeated": (
        at.CONNECTOR
        + "execution/test_submission.py::test_a_limit_maker_order_is_looked_at_again_before_each_sending",
    ),
    "maker-took": (at.LIMIT_MAKER + "test_one_that_took_all_the_same_is_reported",),
    "maker-openfinex": (at.LIMIT_MAKER + "test_openfinex_is_told_and_decides_itself",),
    "maker-strategies": (at.LIMIT_MAKER + "test_strategies_that_make_markets_choose_it",),
    "batch-lost-answers": (at.BATCHES + "test_lost_answers_lose_no_order_of_a_batch_and_double_none",),
    "batch-success": (at.BATCHES + "test_each_order_has_its_own_result_in_the_order_of_the_batch",),
    "batch-failure": (
        at.BATCHES + "test_what_never_arrived_fails_for_itself_alone",
        at.BATCHES + "test_every_cancel_has_its_own_result",
    ),
    "batch-concurrency": (
        at.BATCHES + "test_each_order_has_its_own_result_in_the_order_of_the_batch",
        at.BATCHES + "test_cancels_and_what_they_ask_are_bounded",
    ),
    "batch-withdrawn": (
        at.BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_it_is_cancelled",
        at.BATCHES + "test_what_waits_for_its_turn_is_not_sent_once_the_connector_stops",
    ),
    "batch-caller-leaves": (
        at.BATCHES + "test_who_leaves_a_batch_loses_no_order_of_it",
        at.BATCHES + "test_who_leaves_a_cancel_of_many_leaves_none_open",
    ),
    "batch-others": (at.BATCHES + "test_hummingbots_own_calls_name_the_orders_at_once_and_tell_by_events",),
    "batch-whole-side": (at.BATCHES + "test_cancelling_some_never_cancels_a_whole_side",),
    "fee-rows": (at.FEES + "test_every_estimate_has_the_fees_of_the_members_group_and_market",),
    "fee-callers": (at.FEES + "test_every_estimate_has_the_fees_of_the_members_group_and_market",),
    "fee-refresh": (at.FEES + "test_fees_come_late_and_not_after_twelve_hours",),
    "fee-change": (
        at.FEES + "test_another_group_is_noticed_by_the_next_order_and_taken_over_on_all_pairs",
        at.FEES + "test_a_changed_table_is_noticed_by_the_next_order",
    ),
    "fee-group-hidden": (at.FEES + "test_where_the_group_is_not_told_orders_tell_what_they_are_charged",),
    "fee-defaults": (
        at.CONNECTOR
        + "test_peatio_exchange_account.py::test_until_the_fees_are_known_the_stock_ones_are_the_estimate",
    ),
}
