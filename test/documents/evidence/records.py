"""The tests of the claims of docs/reference/history.md, strategies.md and report.md: anchor → tests."""

from test.documents.evidence import places as at
from test.documents.evidence.places import Evidence

HISTORY: Evidence = {
    "history-end": (
        at.HISTORY + "test_an_order_that_has_ended_leaves_the_working_table_for_the_history",
        "end_to_end/test_history.py",
    ),
    "history-fill": (
        at.HISTORY + "test_the_history_has_each_fill_that_hummingbot_learned_before_the_order_ends",
        at.HISTORY + "test_a_fill_that_only_hummingbots_database_knows_is_added",
        at.HISTORY + "test_a_fill_that_hummingbot_saved_with_the_order_is_added",
        at.HISTORY + "test_a_fill_that_hummingbots_loop_for_lost_orders_finds_is_in_the_history",
        "make chaos",
    ),
    "history-once": (
        at.HISTORY + "test_a_fill_stands_in_the_history_once_and_exactly",
        at.HISTORY + "test_a_fill_that_only_hummingbots_database_knows_is_added",
    ),
    "history-order": (at.HISTORY + "test_what_the_disk_refused_is_written_in_its_order",),
    "history-earlier": (
        at.HISTORY + "test_rows_that_an_earlier_version_closed_move_a_few_at_a_time",
        at.HISTORY + "test_a_journal_opens_while_another_bot_writes",
        at.HISTORY + "test_opening_and_reading_take_no_more_steps_the_more_orders_have_ended",
    ),
}

STRATEGIES: Evidence = {
    "runner": (
        at.FILES + "test_every_instance_has_a_script_that_runs_controllers",
        "strategies/test_hbot.py::test_hbot_starts_a_controller_without_a_checkout",
    ),
    "runner-reload": (at.RUNNER + "test_an_edited_configuration_is_applied_and_a_broken_one_is_not",),
    "runner-id": (at.RUNNER + "test_a_controller_without_an_id_has_the_same_at_every_reading",),
    "runner-new": (at.RUNNER + "test_a_controller_that_was_not_there_at_the_start_waits_for_a_restart",),
    "runner-drawdown": (at.RUNNER + "test_a_controller_that_lost_too_much_is_stopped_for_good",),
    "runner-global": (at.RUNNER + "test_the_bot_stops_when_all_together_lost_too_much",),
    "runner-kill": (at.RUNNER + "test_the_kill_switch_stops_a_controller_with_its_positions_and_lets_it_go_on",),
    "runner-broker": (
        "strategies/test_broker.py::test_the_results_of_a_controller_arrive_at_the_broker",
        at.RUNNER + "test_results_go_to_the_broker_once_a_second",
    ),
    "from": (
        at.FILES + "test_a_checkouts_files_replace_ours",
        at.FILES + "test_a_checkout_of_another_version_is_refused",
        at.FILES + "test_something_else_is_no_checkout",
    ),
    "from-changed": (
        at.FILES + "test_what_the_user_wrote_or_changed_stays",
        at.FILES + "test_a_runner_that_the_user_changed_stays",
    ),
    "from-again": (at.FILES + "test_the_files_follow_the_checkout",),
    "from-outdated": (at.FILES + "test_init_names_scripts_of_a_hummingbot_that_was_replaced",),
    "ran": ("make strategies", "strategies/test_page.py", "strategies/test_own.py"),
}

REPORT: Evidence = {
    "report-warning": (
        at.EXECUTION + "test_recorded_digits.py",
        at.REPORTED,
        at.REPORT + "test_what_hummingbots_database_cannot_store_is_in_the_report",
    ),
    "report-instance": (at.REPORTED, at.READING + "test_without_a_history_it_says_what_to_do"),
    "report-period": (
        at.READING + "test_a_day_counts_whole_and_a_time_is_utc",
        at.READING + "test_fills_come_by_time_then_trade_and_only_those_of_the_period",
    ),
    "report-currency": (at.VALUES + "test_the_currency_is_the_one_with_the_most_fills", at.REPORTED),
    "report-digits": (
        at.VALUES + "test_all_digits_of_an_amount_are_written_without_exponent",
        at.VALUES + "test_a_table_shows_eight_digits_and_all_before_the_point",
        at.REPORTED,
    ),
    "report-verify": (at.DIFFERENCE,),
    "report-self-trade": (at.PROFIT + "test_both_sides_of_a_trade_with_oneself_count", at.REPORTED),
    "report-account": (
        at.VALUES + "test_two_keys_of_one_member_are_one_market",
        at.READING + "test_keys_of_one_member_are_one_account_and_others_are_told_apart",
    ),
    "report-volume": (at.REPORTED, at.PROFIT + "test_no_digit_is_lost_of_amounts_with_thirty_two"),
    "report-average": (
        at.PROFIT + "test_a_sell_takes_from_the_inventory_at_average_cost",
        at.PROFIT + "test_what_was_realised_is_the_same_lot_by_lot",
    ),
    "report-opening": (
        at.PROFIT + "test_what_was_not_bought_before_comes_from_the_opening_inventory_at_the_first_price",
        at.LEDGER,
    ),
    "report-realised": (
        at.PROFIT + "test_a_round_trip_earns_the_difference",
        at.PROFIT + "test_a_fee_in_quote_is_no_part_of_the_realised_profit",
    ),
    "report-fees": (
        at.PROFIT + "test_a_fee_in_base_leaves_the_inventory_at_the_price_of_the_fill",
        at.VALUES + "test_an_exchanges_own_price_comes_before_that_of_others",
    ),
    "report-unrealised": (
        at.VALUES + "test_the_mid_price_needs_both_sides",
        at.VALUES + "test_nothing_held_has_no_unrealised_profit_whatever_the_price",
        at.REPORTED,
    ),
    "report-net": (at.LEDGER,),
    "report-identity": (at.LEDGER, at.REPORTED),
    "report-missing": (
        at.VALUES + "test_a_missing_rate_is_missing_and_never_zero",
        at.VALUES + "test_without_any_price_the_own_currency_is_still_summed",
        at.NO_KEYS,
    ),
    "report-rates": (
        at.VALUES + "test_the_shortest_way_leads_to_a_rate_both_ways_round",
        at.VALUES + "test_markets_are_summed_in_one_currency_over_other_markets",
        at.VALUES + "test_an_exchanges_own_price_comes_before_that_of_others",
        at.REPORT + "test_a_price_that_the_exchange_lacks_is_that_of_the_rate_source",
    ),
    "report-hedges": (
        at.HEDGED_REPORT,
        at.HEDGED_EXAMPLE + "test_the_tables_have_each_market_and_the_profit_of_both",
        at.HEDGED_EXAMPLE + "test_only_fills_of_the_period_count",
    ),
    "report-hedged": (at.HEDGED_REPORT, at.HEDGED_FIGURES),
    "report-slippage": (
        at.HEDGED_FIGURES,
        "peatio_liquidity/test_figures.py::"
        "test_a_hedge_at_a_better_price_than_the_best_one_has_slippage_below_zero",
    ),
    "report-not-hedged": (at.HEDGED_REPORT,),
    "report-pair-profit": (
        at.HEDGED_REPORT,
        at.HEDGED_EXAMPLE + "test_without_a_price_the_profit_is_missing_and_that_is_said",
    ),
    "report-example": ("peatio_cli/report/test_example.py",),
    "verify-fills": (at.VERIFICATION + "test_every_field_is_compared_to_the_last_digit", at.REPORTED, at.DIFFERENCE),
    "verify-trades": (
        at.DIFFERENCE,
        at.VERIFICATION + "test_a_fill_that_the_history_learned_meanwhile_is_no_difference",
    ),
    "verify-foreign": (
        at.DIFFERENCE,
        at.REPORT + "test_trades_of_an_engine_that_names_orders_by_uuid_are_found",
    ),
    "verify-pages": (at.VERIFICATION + "test_what_the_pages_cut_off_is_said_and_not_called_verified",),
    "verify-key": (
        at.DIFFERENCE,
        at.REPORT + "test_a_new_key_of_the_same_member_verifies_what_the_old_one_traded",
        at.REPORT + "test_of_two_connectors_at_one_exchange_the_one_with_the_accounts_key_verifies",
        "peatio_cli/test_two_exchanges.py",
    ),
}
