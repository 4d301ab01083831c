"""Paths, streams and limits of a Peatio exchange. The facts stand in docs/protocol.md."""

from hummingbot.connector.exchange.peatio.common.messages import ReportedState
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.in_flight_order import OrderState

EXCHANGE_NAME = "peatio"
# The connectors of the exchanges that are named in conf/peatio.yml.
CONNECTOR_PREFIX = "peatio_"

# Peatio has no client order ids: ours live only in Hummingbot, whose database takes any length.
CLIENT_ORDER_ID_MAX_LENGTH = 32
CLIENT_ORDER_ID_PREFIX = "hbot-"

ORDER_TYPES = (OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET)

# REST paths, relative to the REST prefix (section 3).
TIMESTAMP_PATH = "public/timestamp"
VERSION_PATH = "public/version"
MARKETS_PATH = "public/markets"
TICKERS_PATH = "public/markets/tickers"
DEPTH_PATH = "public/markets/{market}/depth"
K_LINE_PATH = "public/markets/{market}/k-line"
PUBLIC_TRADES_PATH = "public/markets/{market}/trades"
TRADING_FEES_PATH = "public/trading_fees"
MEMBER_PATH = "account/members/me"
BALANCES_PATH = "account/balances"
ORDERS_PATH = "market/orders"
ORDER_PATH = "market/orders/{order_id}"
CANCEL_PATH = "market/orders/{order_id}/cancel"
OPENFINEX_CANCEL_PATH = "market/orders/cancel/{order_id}"
CANCEL_ALL_PATH = "market/orders/cancel"
TRADES_PATH = "market/trades"

# The most rows a page may have; more is a 422.
PAGE_LIMIT = 1000
# A server that ignores `page` would otherwise be asked for ever.
MAX_PAGES = 100
DEPTH_LIMIT = 300
# A market that no exchange has: an order of amount 0 there shows whether orders are accepted.
NO_MARKET = "no-such-market"
# The most levels a side of a whole book of Peatio before 2.4 (section 5).
WHOLE_BOOK_LEVELS = 300
# A whole book that is older than this is not to be trusted any more.
WHOLE_BOOK_LATE_S = 20.0
# A snapshot of the websocket ends after so many levels a side (section 5).
SNAPSHOT_LEVELS = 301
# An engine's sequence begins at 1, with the book that it opens with; this is the number of its first increment.
FIRST_CHANGE = 2

# Streams (section 5).
PRIVATE_STREAMS = ("order", "trade")
# In the private websocket's address (section 5, "Cancel on close").
CANCEL_ON_CLOSE = "cancel_on_close=1"
INCREMENTS_STREAM = "ob-inc"
WHOLE_BOOK_STREAM = "update"
SNAPSHOT_STREAM = "ob-snap"
TRADES_STREAM = "trades"
KLINE_STREAM = "kline-{interval}"

# Rango closes a connection that sends a longer frame (1009).
MAX_FRAME_BYTES = 512

# Peatio's own throttle, for all calls of a member together (section 3, "Limits").
REST_LIMIT_ID = "rest"
# All calls count in that limit, but not all may use it up: so much of it, in percent, is kept from a kind of call for
# the more urgent kinds. Placing stops first, and orders can be taken back when nothing else goes out any more; a cancel
# whose nonce was refused needs the clock, and that of an order whose create was not answered needs the order's id.
PUBLIC_LIMIT_ID = "public"
CREATE_LIMIT_ID = "create"
CANCEL_LIMIT_ID = "cancel"
CLOCK_LIMIT_ID = "clock"
LOOKUP_LIMIT_ID = "lookup"
# Hummingbot's network check counts too, and never waits: a wait would look like an exchange without an answer.
CHECK_LIMIT_ID = "check"
KEPT_PCT = {
    CREATE_LIMIT_ID: 20,
    REST_LIMIT_ID: 10,
    PUBLIC_LIMIT_ID: 10,
    CANCEL_LIMIT_ID: 0,
    CLOCK_LIMIT_ID: 0,
    LOOKUP_LIMIT_ID: 0,
    CHECK_LIMIT_ID: 0,
}
URGENT_LIMIT_IDS = (CANCEL_LIMIT_ID, CLOCK_LIMIT_ID, LOOKUP_LIMIT_ID)
# What the connector asks by itself again and again. A low limit it would use up alone: while orders want to leave it
# gets this part of the limit, in percent. It keeps that part, as only it sees what the private stream has lost: a poll
# that has waited so long, and finds its part unused, goes before orders.
POLL_LIMIT_IDS = (REST_LIMIT_ID, PUBLIC_LIMIT_ID)
POLLS_PCT = 25
POLL_OVERDUE_S = 10.0
# An exchange that answers a call with `Retry-After` gets no other one of that kind before then, but no later than after
# this: it is the time for which a fill may stay unknown where the private stream has lost it as well.
RETRY_AFTER_MAXIMUM_S = 60.0
# Calls that wait for the limit are reported this often at most.
LIMIT_REPORTED_S = 30.0
REQUEST_LIMIT = 6000
REQUEST_LIMIT_INTERVAL_S = 300

# Rango drops a client after 60 s without a pong; a text "ping" every 20 s also shows us a socket that has died quietly.
PING_INTERVAL_S = 20.0
# The websocket's own ping is sent after this time without a message. The connection counts as dead when no pong comes
# within half of it: a frozen server goes unnoticed for less than 10 s.
HEARTBEAT_S = 6.0
# What an ack may take before the connection counts as dead, and after how long a missing snapshot is asked for again.
ACK_TIMEOUT_S = 10.0
SNAPSHOT_TIMEOUT_S = 5.0
# Reconnects and re-subscriptions: first after this long, then doubling up to the maximum, each with jitter.
BACKOFF_START_S = 0.5
BACKOFF_MAXIMUM_S = 30.0
# What a server may take to answer the upgrade of a public websocket, and when the next of its addresses is tried.
UPGRADE_TIMEOUT_S = 15.0
HAPPY_EYEBALLS_DELAY_S = 0.25
# The longest message that is read, as Hummingbot's websockets do.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
# What opening a websocket may take, the explanation of a refusal included, and what its close handshake may.
CONNECT_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 2.0
# A connection that stood this long was a good one: after it the waiting starts from the beginning.
STABLE_AFTER_S = 10.0

# How often the books are looked at for what no message shows (docs/reference/order-books.md).
BOOK_TICK_S = 0.5
# A book whose best bid is not below its best ask for longer than this is wrong: engines match before they publish.
CROSSED_LIMIT_S = 1.0
# Increments precede their trade by 30 to 90 ms (section 4.7). A book without any from so long before a trade until so
# long after it was noticed does not hear what goes on.
SILENCE_BEFORE_TRADE_S = 5.0
SILENCE_AFTER_TRADE_S = 3.0
# A market without increments for so long is asked for its last trade over REST, this often; two such requests for
# whichever markets are this far apart.
QUIET_AFTER_S = 5.0
QUIET_CHECK_S = 6.0
QUIET_CHECK_GAP_S = 2.0
# The last resort: a book that the stream does not give for so long is fed from REST depth, asked for this often. One
# whose last good answer is older than that is empty again. Two requests, for whichever markets, are this far apart.
REST_FALLBACK_AFTER_S = 15.0
REST_BOOK_PERIOD_S = 3.0
REST_BOOK_MAX_AGE_S = 10.0
REST_DEPTH_GAP_S = 0.6
# A book that came back is compared with REST depth once nothing has changed for so long, in so many attempts, and so
# many levels a side.
DEPTH_QUIET_S = 2.0
DEPTH_CHECK_ATTEMPTS = 5
DEPTH_COMPARED_LEVELS = 50
# By so long after a book was stored, an engine's next change comes with a newer one: it publishes one after a minute
# (section 5). With 5 s for what is under way.
STORED_BOOK_OLD_S = 65.0
# Where a renewed book still is what an engine opened with, the time doubles each time, up to this.
RENEWAL_LONGEST_S = 3600.0
# With `pull_quotes` own orders on a market are cancelled when its book has not been followed for so long.
QUOTES_PULLED_AFTER_S = 2.0

# Candles (docs/reference/candles.md): how many a request asks for (Peatio gives up to 10,000), how often the last ones
# are asked for again with and without a stream, how long after its end a candle is stored, how many closed ones are
# compared again, and after how long a feed without messages is stale.
CANDLES_A_REQUEST = 1000
CANDLES_REFRESH_S = 60.0
CANDLES_REFRESH_WITHOUT_STREAM_S = 10.0
CANDLE_SETTLED_S = 4.0
# A streamed candle that begins later than this from now is none: no clock is off by so much.
CANDLE_AHEAD_S = 3600.0
CANDLES_OVERLAP = 3
CANDLES_STALE_S = 90.0
CANDLES_CHECK_PERIOD_S = 5.0

# How often the rates are asked for; the exchange's own list is 5 to 60 s old (section 3).
RATES_REFRESH_S = 10.0

# A followed market that is closed is asked for again after this long.
CLOSED_MARKET_CHECK_S = 30.0

# How often a running connector reads conf/peatio.yml again.
SETTINGS_INTERVAL_S = 10.0

# An answer that takes longer is not coming; Hummingbot itself sets no limit below aiohttp's five minutes.
REQUEST_TIMEOUT_S = 15.0
# How long Hummingbot waits for the network check, by default 5 s: a slow answer is an answer, its head and its body.
NETWORK_CHECK_TIMEOUT_S = 35.0

# So many polls for orders and balances are made within that time, however many events want one.
POLLS_AT_ONCE = 5
POLLS_INTERVAL_S = 5.0

# After an own order or trade event the balances are requested again, once for all events within this time.
BALANCE_REFRESH_DELAY_S = 0.5

# A limit order of which the private stream has sent no event so long after the answer to its create: its first event is
# mostly before that answer (section 4.2).
ORDER_EVENT_LATE_S = 3.0
# A fill whose event has not arrived after this long is taken to be lost (section 4.7: events take 30 to 90 ms).
EVENT_LATE_S = 10.0

# Executed volume without a trade is a resize, on markets named under `pegged:`, where two looks so far apart agree.
RESIZE_LOOKS_S = 5.0
# A cancel that nobody asked for, on such a market: for so long the exchange is asked for the order in its place.
REPLACEMENT_LIMIT_S = 3.0
# An order that takes another one's place is stored within so long after that one's end.
REPLACEMENT_WITHIN_S = 2.0
# After the end of an order whose cancel was taken, it is decided by then which of several orders is in its place.
REPLACEMENT_DECIDED_S = 60.0
# What a cycle changes comes within moments; one line says it, once nothing more has come for so long.
CYCLE_LOG_S = 2.0

# How often own orders are compared with the engine's book, and after how long one that is not in it is cancelled.
ENGINE_CHECK_S = 5.0
ENGINE_ABSENT_S = 20.0

# How long a cancel waits for its order to leave `pending`, which has no upper bound (section 4.11).
CANCEL_PENDING_LIMIT_S = 10.0

# A cancel that failed is sent again, with pauses that double up to this.
CANCEL_REPEAT_MAXIMUM_S = 10.0
# Why requests for one order keep failing is logged this often.
FAILURE_REPORT_PERIOD_S = 60.0
# How long the event of an order's end may take. Then the exchange is asked for a market order, and for an order whose
# cancel was accepted: by the next cancel, because the event may be lost or the cancel without effect (section 4.11).
END_EVENT_LATE_S = 2.5

# An ordinary cancel takes effect within 20 to 100 ms (section 4.5). One that took longer met an exchange in trouble,
# whose engine may have kept the order.
PROMPT_CANCEL_S = 2.0
# A restarted engine is silent until its market's book changes. For so long prompt cancels are remembered.
RESTART_NOTICED_S = 600.0
# So many cancelled orders of the process before are compared with the engine's book after a start.
ENDS_LOOKED_AT = 100

# An order that the exchange surely did not process is sent again for at most this long.
PLACE_RETRY_LIMIT_S = 5.0
# For so long a market order waits for the cancels of the own orders that it would match.
CLEAR_WAY_TIMEOUT_S = 10.0
# An order that had to wait for longer, behind one just like it say, was made for prices of then and is not sent.
STALE_CREATE_S = 30.0
# For so long placing pauses after a refusal that the next order would meet as well; then orders are sent again, to
# learn whether the reason is gone. A pause that follows on another lasts twice as long, up to the maximum.
PLACEMENT_PAUSE_S = 5.0
PLACEMENT_PAUSE_MAXIMUM_S = 60.0
# How often a server that takes no orders is asked whether it takes them elsewhere.
ORDER_SEARCH_INTERVAL_S = 60.0
# For how long an answering exchange must not know an order before it counts as not placed. It is watched for after.
LOOKUP_LIMIT_S = 10.0
# For how long an order that was not found is watched for: longer than any exchange's worker stays down.
WATCH_LIMIT_S = 24 * 3600.0
# How far the exchange's clock may be from where it is taken to be when it stores an order: a request whose nonce is off
# by more than 5 s is refused (section 2), and the clock can step while a request is on its way. Generous, because an
# order of somebody else that the private stream reported before the request is excluded by its id.
CLOCK_UNCERTAINTY_S = 15

# How long the cancels of the last run's leftovers may take before the rest is left to the poll.
LEFTOVERS_TIMEOUT_S = 30.0

# Creates of a batch sent at a time. More gain nothing, as Peatio takes a member's one after the other, and order
# processors were seen to stumble at ten a second (section 4.11).
PARALLEL_CREATES = 5

# Cancels sent at a time when all are cancelled; Peatio handles a member's requests one after the other anyway.
PARALLEL_CANCELS = 10

# How long a batch of cancels is followed; what has not ended by then is left to the poll.
BATCH_CANCEL_TIMEOUT_S = 60.0

# How long the events of a bulk cancel may take before the orders are looked at one by one.
BULK_CANCEL_EVENTS_S = 5.0

# A clock that ticks once a second and then not for this long stood still with the machine: what was sent meanwhile may
# be lost.
MACHINE_SLEPT_S = 15.0

# A measurement of the exchange's clock whose answer took longer counts only where it contradicts the earlier ones.
CLOCK_TRAVEL_S = 2.0

# Our clock and the exchange's may differ by less than this where times of both are compared.
CLOCK_MARGIN_S = 60

ORDER_STATES = {
    ReportedState.PENDING: OrderState.OPEN,
    ReportedState.WAIT: OrderState.OPEN,
    ReportedState.DONE: OrderState.FILLED,
    ReportedState.CANCEL: OrderState.CANCELED,
    ReportedState.REJECT: OrderState.FAILED,
}
