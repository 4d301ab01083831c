"""The tests of the claims of docs/operate/liquidity.md, watch.md, alerts.md and pegged-coins.md: anchor → tests."""

from test.documents.evidence import places as at
from test.documents.evidence.places import Evidence

_MIRROR = "peatio_liquidity/"
_CONTROLLER = _MIRROR + "test_controller.py::"
_PROTECTION = _MIRROR + "test_protection.py::"
_SAFETY = _MIRROR + "test_safety.py::"
_DEPTH = _MIRROR + "test_depth.py::"
_HEDGING = _MIRROR + "test_hedging.py::"
_DESK = _MIRROR + "test_hedge_desk.py::"
_JOURNAL = _MIRROR + "test_hedge_journal.py::"
_ADVERSITY = _MIRROR + "test_adversity.py::"
_LOST = _MIRROR + "test_lost_hedges.py::"
_SOURCES = _MIRROR + "test_sources.py::"
_CONNECTIONS = _MIRROR + "test_source_connections.py::"
_BOOK = _MIRROR + "test_book_connection.py::"
_BINANCE = _MIRROR + "loopback/test_binance.py::"
_WATCH = "peatio_cli/watch/"
_ALERTS = "peatio_cli/alerts/"
_JUDGE = _ALERTS + "test_judge.py::"
_SERVICE = _ALERTS + "test_service.py::"
_PEGGED = "end_to_end/test_pegged_market.py"

LIQUIDITY: Evidence = {
    "mirror-restart": (_MIRROR + "test_settings_changes.py",),
    "mirror-own-orders": (_PROTECTION + "test_own_orders_on_the_source_are_not_copied",),
    "mirror-prices": (
        _DEPTH + "test_the_source_is_copied_a_spread_away_and_scaled",
        _DEPTH + "test_prices_are_of_the_own_quote_currency",
    ),
    "mirror-levels": (_DEPTH + "test_best_prices_lie_the_minimum_spread_apart_and_nearer_levels_become_one",),
    "mirror-strangers": (
        _DEPTH + "test_no_quote_takes_what_others_offer",
        _PROTECTION + "test_no_quote_crosses_a_better_price_of_a_stranger",
    ),
    "mirror-cut": (
        _MIRROR + "test_funds.py::test_budget_and_own_balance_limit_each_side",
        _MIRROR + "test_funds.py::test_whatever_is_filled_of_a_side_the_source_s_balance_pays_for_its_hedge",
        _DEPTH + "test_a_side_has_no_more_than_the_exposure_leaves",
    ),
    "mirror-replaced": (
        _MIRROR + "test_quotes.py::test_changes_lead_to_the_wanted_levels_within_the_requests",
        _PROTECTION + "test_where_the_exchange_s_limit_leaves_no_request_quotes_wait_for_it",
    ),
    "mirror-pulled": (
        _PROTECTION + "test_what_must_go_goes_beyond_the_budget_of_requests",
        _ADVERSITY + "test_an_account_with_one_request_a_second_is_given_no_more_and_pulling_comes_first",
    ),
    "mirror-unknown-end": (
        _MIRROR + "test_quotes.py::test_nothing_is_created_that_would_trade_with_a_quote_that_is_ending",
        _MIRROR + "test_funds.py::test_creates_have_what_is_left_beside_all_quotes_that_may_still_be_filled",
    ),
    "mirror-hedge": (
        _CONTROLLER + "test_what_is_taken_is_hedged_on_the_source",
        _HEDGING + "test_a_hedge_never_overshoots_and_never_pays_more_than_accepted",
    ),
    "mirror-one-hedge": (_HEDGING + "test_while_a_hedge_is_under_way_there_is_no_next_one",),
    "mirror-market-hedge": (_MIRROR + "test_market_hedges.py",),
    "mirror-journal": (
        _JOURNAL + "test_a_fill_counts_once_and_both_sides_of_a_trade_with_oneself_count",
        _JOURNAL + "test_a_hedge_is_pending_from_before_it_leaves_until_its_end_is_known",
    ),
    "mirror-crash-fills": (_CONTROLLER + "test_fills_while_the_bot_was_down_are_hedged_once_after_its_start",),
    "mirror-crash-hedge": (
        _CONTROLLER + "test_a_hedge_whose_create_was_under_way_when_the_bot_died_is_not_sent_again",
        _DESK + "test_a_hedge_of_an_earlier_run_stops_its_side_until_it_is_known_what_became_of_it",
        _DESK + "test_a_hedge_that_nobody_answers_for_comes_with_what_the_operator_can_do",
    ),
    "mirror-lost-id": (
        _LOST + "test_a_hedge_whose_id_the_disk_refused_is_found_by_the_order_journal_of_the_source",
        _LOST + "test_a_hedge_that_never_left_is_sent_once",
    ),
    "mirror-settle": (
        _JOURNAL + "test_an_operator_settles_a_hedge_that_nobody_answers_for",
        _JOURNAL + "test_what_was_charged_for_a_settled_hedge_counts_in_the_exposure_and_in_the_profit",
    ),
    "mirror-given-up": (_LOST + "test_a_doubt_outlives_the_day_for_which_the_order_journal_watches_and_the_bot",),
    "mirror-cross-check": (
        _MIRROR + "test_balance_check.py",
        _PROTECTION + "test_a_balance_of_the_source_that_no_hedge_explains_is_named",
    ),
    "mirror-refused-sources": (
        _SOURCES + "test_the_page_names_the_connectors_that_are_refused",
        _SOURCES + "test_a_connector_without_the_fills_of_an_order_is_refused_and_may_be_rehearsed_with",
    ),
    "mirror-unusable-book": (
        _CONNECTIONS + "test_a_connector_whose_book_is_not_the_exchanges_is_refused_also_for_rehearsals",
    ),
    "mirror-lost-connection": (
        _CONNECTIONS + "test_a_connection_that_is_lost_is_seen_at_once",
        _CONNECTIONS + "test_of_one_that_asks_nobody_for_its_book_the_next_one_is_waited_for",
        _CONNECTIONS + "test_the_page_names_those_whose_connection_does_not_show_and_those_that_are_refused",
        _MIRROR + "test_book_connection.py",
    ),
    "mirror-silence": (
        _BOOK + "test_where_no_connection_shows_a_change_after_a_silence_is_a_new_connection",
        _BOOK + "test_where_no_connection_shows_whole_books_that_come_need_not_be_asked_for",
    ),
    "mirror-refresh": (
        _BOOK + "test_what_was_lost_in_a_moment_that_shows_nowhere_is_there_soon",
        _BOOK + "test_changes_that_come_while_the_book_is_asked_for_again_are_in_it",
        _BOOK + "test_a_book_of_which_nothing_is_heard_is_not_made_young",
    ),
    "mirror-paper": (_MIRROR + "test_paper_source.py::test_what_is_taken_is_hedged_on_paper_and_nothing_is_sent",),
    "mirror-paper-journal": (
        _MIRROR + "test_paper_source.py::test_a_journal_of_paper_is_not_continued_with_real_hedges",
    ),
    "off-exchange": (
        _CONTROLLER + "test_without_a_source_nothing_is_quoted",
        _PROTECTION + "test_a_source_whose_book_is_crossed_has_no_quotes",
        _ADVERSITY + "test_on_a_crossed_source_quotes_go_at_once_and_neither_quotes_nor_hedges_are_sent",
    ),
    "off-connection": (
        _PROTECTION + "test_a_source_whose_connection_is_lost_has_no_quotes_until_it_is_back",
        _BINANCE
        + "test_what_changed_while_the_connection_of_the_book_was_lost_is_in_the_book_before_it_is_followed_again",
        _BINANCE + "test_what_changed_before_the_connection_of_the_first_book_is_in_the_book",
    ),
    "off-stale": (_CONTROLLER + "test_a_source_that_stands_still_is_not_followed",),
    "off-move": (_PROTECTION + "test_a_source_that_moves_too_far_is_not_followed_until_it_has_calmed_down",),
    "off-rate": (
        _PROTECTION + "test_a_rate_that_is_too_old_pulls_the_quotes_and_a_new_one_brings_them_back",
        _MIRROR + "test_rates.py",
    ),
    "off-loss": (
        _PROTECTION + "test_a_loss_switches_the_quotes_off_also_for_the_next_run_until_it_is_accepted",
        _SAFETY + "test_a_loss_switches_the_quotes_off_until_the_operator_accepts_it",
    ),
    "off-exposure": (
        _SAFETY + "test_what_concerns_one_side_stops_that_side",
        _HEDGING + "test_whatever_becomes_of_hedges_and_quotes_the_exposure_stays_within_its_bound",
    ),
    "off-bound": (_SAFETY + "test_what_makes_the_source_s_price_doubtful_stops_both_sides",),
    "off-hedge": (_CONTROLLER + "test_what_cannot_be_hedged_stops_that_side_and_says_so",),
    "off-own-balance": (_PROTECTION + "test_an_own_balance_that_is_too_low_stops_that_side_alone",),
    "off-source-balance": (_PROTECTION + "test_a_balance_of_the_source_that_is_too_low_stops_the_side_it_would_hedge",),
    "off-journal": (_CONTROLLER + "test_without_its_journal_it_neither_quotes_nor_hedges",),
    "mirror-two-bots": (
        _ADVERSITY + "test_two_bots_on_one_account_hedge_each_its_own_fills_and_never_trade_with_each_other",
    ),
    "mirror-own-market": (_PROTECTION + "test_the_own_market_under_another_name_is_no_source",),
}

WATCH: Evidence = {
    "watch-profit": (
        _WATCH + "test_bot_reader.py::test_fills_are_summed_as_the_report_does_and_read_once",
        _WATCH + "test_pair_profit.py::test_realised_and_unrealised_less_fees_are_the_profit_of_the_report",
    ),
    "watch-answers": (_WATCH + "test_answer_shapes.py",),
    "watch-reads-only": (
        _WATCH + "test_bot_reader.py::test_looking_takes_no_lock_and_changes_no_file_of_the_bots",
        _WATCH + "test_read_only.py::test_a_watched_bot_keeps_its_lock_its_heartbeat_and_its_fence",
    ),
    "watch-key": (_WATCH + "test_keys.py",),
    "watch-get": (
        _WATCH + "test_read_only.py::test_the_signing_client_has_no_way_to_send_anything_but_a_get",
        _WATCH + "test_read_only.py::test_other_paths_are_not_asked_for",
        _WATCH + "test_read_only.py::test_a_redirect_is_not_followed_and_the_key_goes_to_no_other_host",
    ),
    "watch-cancels-nothing": (
        _WATCH + "test_read_only.py::test_the_private_stream_never_asks_for_orders_to_be_cancelled",
    ),
    "watch-secrets": (_WATCH + "test_secrets.py",),
    "watch-share": (_WATCH + "test_reading.py::test_the_share_of_the_request_limit_is_kept",),
    "watch-password": (_WATCH + "test_command.py::test_others_get_in_with_a_password_from_a_file_of_mode_0600_only",),
    "watch-tls": (
        _WATCH
        + "test_command.py::test_with_a_certificate_the_page_is_served_over_tls_and_cookies_travel_over_nothing_else",
    ),
    "watch-session": (
        _WATCH
        + "test_access.py::test_a_password_opens_a_session_by_a_cookie_that_scripts_and_other_sites_do_not_get",
        _WATCH + "test_access.py::test_a_session_ends",
    ),
    "watch-login": (_WATCH + "test_access.py::test_logins_of_one_address_wait_for_each_other_and_hold_up_nobody_else",),
    "watch-host": (_WATCH + "test_access.py::test_a_page_of_another_name_or_site_gets_nothing",),
    "watch-text": (
        _WATCH + "test_read_only.py::test_what_an_exchange_sends_enters_a_page_as_text_only",
        _WATCH + "test_access.py::test_every_answer_has_the_headers_that_keep_foreign_code_out",
    ),
}

ALERTS: Evidence = {
    "alert-addresses": (
        _ALERTS + "test_settings.py::test_addresses_are_of_the_environment_or_of_a_file_that_nobody_else_reads",
        _ALERTS + "test_settings.py::test_a_file_that_others_can_read_is_refused",
    ),
    "alert-test": (_ALERTS + "test_command.py::test_it_sends_to_every_address_and_says_what_became_of_each",),
    "alert-guards-anyway": (_ALERTS + "test_guard_process.py::test_no_alerts_are_no_reason_not_to_guard",),
    "alert-stopped": (
        _JUDGE + "test_a_bot_that_stops_is_told_once_and_its_next_start_resolves_it",
        _ALERTS + "test_guard_process.py::test_a_dead_bot_is_told_with_what_became_of_its_orders",
    ),
    "alert-guard": (_JUDGE + "test_the_guards_fence_begins_and_ends_an_alert",),
    "alert-book": (_JUDGE + "test_a_book_is_told_after_its_time_and_not_before",),
    "alert-exposure": (
        _JUDGE + "test_an_exposure_ends_well_below_its_limit",
        _JUDGE + "test_each_controller_has_a_limit_of_its_own_or_none",
    ),
    "alert-loss": (
        _JUDGE + "test_a_loss_counts_from_the_days_first_look_with_the_inventory_at_the_price_of_now",
        _JUDGE + "test_the_loss_of_a_hedged_market_counts_with_its_hedges",
    ),
    "alert-fills": (_JUDGE + "test_fills_are_told_where_wanted_each_once_also_over_a_restart",),
    "alert-once": (_SERVICE + "test_each_alert_is_sent_once_and_resolved_once_over_restarts",),
    "alert-unknown": (_JUDGE + "test_a_book_of_which_nobody_knows_stays_untrusted",),
    "alert-no-price": (_JUDGE + "test_a_loss_without_a_price_is_not_known",),
    "alert-never-started": (_JUDGE + "test_a_bot_that_has_not_been_started_is_no_alert_and_a_dead_one_always_is",),
    "alert-delivery": (
        _ALERTS + "test_courier.py::test_one_that_never_answers_is_given_up_and_its_process_ended",
        _ALERTS + "test_guard_process.py::test_an_address_that_does_not_take_them_holds_up_no_cancel",
    ),
    "alert-retry": (_ALERTS + "test_outbox.py",),
    "alert-kept": (_SERVICE + "test_what_was_not_sent_is_sent_by_the_next_process",),
    "alert-one-sender": (
        _SERVICE + "test_one_process_sends_and_another_takes_over_when_it_ends",
        _SERVICE + "test_an_event_of_a_process_that_does_not_send_reaches_the_one_that_does",
    ),
}

PEGGED_COINS: Evidence = {
    "pegged-rule": (_PEGGED + "::test_free_coins_absorb_a_cycle", _PEGGED + "::test_what_was_filled_stays_filled"),
    "pegged-sizes": (
        "end_to_end/test_pegged_strategies.py",
        _PEGGED + "::test_an_order_completes_at_its_smaller_size",
    ),
    "pegged-funds": (
        at.CYCLES + "test_funds_follow_a_cycle_also_while_no_order_is_open",
        at.RESIZES + "test_funds_that_a_cycle_moves_are_known_with_the_first_comparison",
    ),
    "pegged-log": (at.RESIZES + "test_a_cycle_is_one_line_in_the_log_and_is_counted",),
    "pegged-busy": (at.CYCLES + "test_a_busy_exchange_is_left_alone_for_a_while_and_no_create_is_doubled",),
    "pegged-named-fill": (
        at.RESIZES + "test_a_phantom_fill_on_a_pegged_market_is_a_resize",
        at.RESIZES + "test_a_phantom_fill_elsewhere_stays_one_whose_trade_is_looked_for",
    ),
    "pegged-pause": (
        at.CYCLES + "test_quotes_are_off_around_a_known_cycle_and_come_back",
        at.CONNECTOR + "resizes/test_schedule.py",
    ),
    "pegged-origin": (at.RESIZES + "test_an_order_whose_origin_is_lowered_is_resized_at_once_on_any_market",),
    "pegged-silent": (at.RESIZES + "test_a_silent_resize_is_found_by_a_poll",),
    "pegged-remaining": (
        at.RESIZES + "test_a_phantom_fill_on_a_pegged_market_is_a_resize",
        at.CONNECTOR + "resizes/test_looks.py::test_two_looks_at_least_five_seconds_apart_decide",
    ),
    "pegged-replace": (at.RESIZES + "test_an_order_that_is_replaced_goes_on_under_its_new_id",),
}
