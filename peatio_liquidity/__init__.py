"""Liquidity for one's own exchange: a book that follows another exchange's, and hedges there of what is taken.

A controller for Hummingbot's V2 strategies; an instance's `controllers/market_making/peatio_liquidity.py` imports it.

    config        what the operator sets
    levels        a level, a book, and what a market's rules do to both
    depth         the source's book → the levels that are wanted on the own market
    matching      which quote stands for which level
    quotes        live orders and wanted levels → which to cancel, which to create
    flicker       which levels change back and forth
    request_budget  how many requests a minute that may take
    safety        may this side quote now, and if not, why
    funds         how much the quotes of a side may be, by budgets, balances and exposure
    balance_check  is the source's balance what the fills make of it
    risk_watch    what of the last two the next run must know
    exposure      what is not hedged, and the most that it may be
    hedging       exposure → the next order on the source
    hedge_journal  what was filled and sent, on disk before it is sent
    journal_rows  fills as its rows
    settlement    what an operator found out about a hedge
    fills         what a fill changed on the account; fill_reports makes them of what exchanges report
    markets       a market of a connector; own_market, source_market: what is sent to it, and what became of it
    order_memory  what the order journal of a source remembers of a hedge
    book_connection  has the source's book every message
    sources       which exchanges can be the source
    paper_source  hedges that are only worked out
    taken         what hedges took and the source's book does not show yet
    rates         between the two quote currencies
    hedge_desk    sends hedges and finds out how they ended
    controller    the loop: reads books and events, quotes, hedges
    figures       what the fills of both markets add up to: volume, fees, slippage, profit
    quality       how good the quotes are: depth, spread, time at the top of the book
    metrics       both for Prometheus; metric_catalog describes each
    status        its lines in `status`
    plugin        what Hummingbot finds
"""
