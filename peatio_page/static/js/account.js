// One member's account: open orders, finished ones, fills, balances, profit.

import * as decimal from "./decimal.js";

const FINAL_STATES = ["done", "cancel", "reject"];
/** So long a middle price is taken for the present one. */
const MID_HOLDS_S = 10;
const POINTS_DRAWN = 1000;
/** Fill -> what it changed. A fill whose fee has come is another object. */
const changes = new WeakMap();

export class Account {
  /** So many fills and finished orders are kept; who computes profit from them keeps all. */
  static kept = Infinity;

  constructor() {
    this.orders = new Map();
    this.finished = new Map();
    this.fills = new Map();
    /** Fills by market, the latest first; made when asked for. */
    this.sorted = new Map();
    this.balances = [];
  }

  /** Take an order as an event or REST tells it. A final state never changes: what comes after it is late. */
  takeOrder(order, heard_ms = Date.now()) {
    const key = keyOf(order);
    const isFinal = FINAL_STATES.includes(order.state);
    if (this.finished.has(key) && !isFinal) {
      return;
    }
    const known = this.orders.get(key) ?? this.finished.get(key);
    const merged = { ...known, ...order, heard_ms, created_s: seconds(order.created_at) };
    this.orders.delete(key);
    (isFinal ? this.finished : this.orders).set(key, merged);
    forgetOldest(this.finished);
  }

  /** Take the list of open orders. Who is not on it and was not heard of since it was asked for is open no more. */
  takeOpenOrders(rows, asked_ms) {
    const listed = new Set(rows.map(keyOf));
    for (const [key, order] of this.orders) {
      if (!listed.has(key) && order.heard_ms < asked_ms) {
        this.orders.delete(key);
      }
    }
    rows.forEach((row) => this.takeOrder(row, asked_ms));
  }

  /** Take a fill; what an event tells has no fee yet. A trade with oneself fills two orders. */
  takeFill(fill) {
    const key = `${fill.order_id}/${fill.id}`;
    const known = this.fills.get(key);
    if (known?.fee_amount !== undefined) {
      return; // nothing of a fill changes
    }
    this.fills.set(key, { ...known, ...fill, at_s: seconds(fill.created_at) });
    this.sorted.delete(fill.market);
    forgetOldest(this.fills);
  }

  /** Open orders of a market, the highest price first. */
  openOrders(market) {
    const open = [...this.orders.values()].filter((order) => order.market === market);
    return open.sort((a, b) => Number(b.price) - Number(a.price) || latestFirst(a, b));
  }

  /** Finished orders of a market, the latest first. */
  finishedOrders(market) {
    return [...this.finished.values()].filter((order) => order.market === market).sort(latestFirst);
  }

  /** Fills of a market, the latest first. */
  marketFills(market) {
    if (!this.sorted.has(market)) {
      const fills = [...this.fills.values()].filter((fill) => fill.market === market);
      this.sorted.set(market, fills.sort((a, b) => b.id - a.id));
    }
    return this.sorted.get(market);
  }

  /** What is free of a currency, as text. */
  free(currency) {
    return this.balances.find((row) => row.currency === currency)?.balance ?? "0";
  }

  /** What rests in the book as one's own: "asks"/"bids" -> price -> amount. */
  quotes(market) {
    const own = { asks: new Map(), bids: new Map() };
    for (const order of this.openOrders(market)) {
      if (order.state === "wait" && order.price !== null) {
        const side = own[order.side === "buy" ? "bids" : "asks"];
        const amount = decimal.parse(order.remaining_volume);
        side.set(order.price, decimal.add(side.get(order.price) ?? decimal.ZERO, amount));
      }
    }
    return own;
  }

  /**
   * Profit in quote currency, against not having traded: the base currency is taken at the middle price of the moment
   * (calmed: a swept book has a far-off middle for a second), or at the fill's where none was noted shortly before.
   * `points` is its course as floats, for drawing: [{time, value}], times in whole seconds and rising. `now` is the
   * exact value at the last of them, null without a fill.
   */
  profit(market, mids) {
    const fills = this.marketFills(market.symbol);
    if (fills.length === 0) {
      return { points: [], now: null };
    }
    const points = new Map();
    let [base, quote, mid, price] = [decimal.ZERO, decimal.ZERO, null, null];
    for (const { time, fill, price: middle } of byTime(fills, calmed(mids))) {
      if (fill === undefined) {
        mid = { time, price: middle };
      } else {
        const change = changesBy(fill, market);
        base = decimal.add(base, change.base);
        quote = decimal.add(quote, change.quote);
      }
      price = mid !== null && time - mid.time <= MID_HOLDS_S ? mid.price : fill.price;
      points.set(time, { base, quote, price });
    }
    const worth = decimal.add(quote, decimal.multiply(base, decimal.parse(price)));
    return { points: thinned([...points]).map(([time, held]) => ({ time, value: roughWorth(held) })), now: worth };
  }
}

/** Of a map in the order of arrival. */
function forgetOldest(map) {
  while (map.size > Account.kept) {
    map.delete(map.keys().next().value);
  }
}

/** Fills, which come latest first, and middle prices as one list by time; in one second the fills first. */
function byTime(fills, mids) {
  const moments = [];
  let next = 0;
  // Ids rise with time, unless somebody has set the exchange's clock.
  for (const fill of [...fills].reverse().sort((a, b) => a.at_s - b.at_s)) {
    while (next < mids.length && mids[next].time < fill.at_s) {
      moments.push(mids[next]);
      next += 1;
    }
    moments.push({ time: fill.at_s, fill });
  }
  return [...moments, ...mids.slice(next)];
}

/** No screen shows more points; the last one stays. */
function thinned(points) {
  const step = Math.ceil(points.length / POINTS_DRAWN);
  const last = points.length - 1;
  return points.filter((_point, index) => (last - index) % step === 0);
}

function roughWorth({ base, quote, price }) {
  return decimal.toNumber(quote) + decimal.toNumber(base) * Number(price);
}

/** zsmartex's orders have no id but a uuid, those of other engines get their id later; a bot's record has its own key. */
export function keyOf(order) {
  return String(order.key ?? order.id ?? order.uuid);
}

function latestFirst(a, b) {
  return b.created_s - a.created_s || (b.id ?? 0) - (a.id ?? 0);
}

/** Each middle price as the median of it and its two neighbours on either side; noted once both have come. */
function calmed(mids) {
  return mids.map((mid, index) => {
    if (mid.calm === undefined || index >= mids.length - 2) {
      const near = mids.slice(Math.max(0, index - 2), index + 3).map(({ price }) => price);
      mid.calm = { time: mid.time, price: near.sort((a, b) => a - b)[near.length >> 1] };
    }
    return mid.calm;
  });
}

/** What a fill has changed, fee included; kept, because the arithmetic is exact and therefore slow. */
function changesBy(fill, market) {
  const known = changes.get(fill);
  if (known !== undefined) {
    return known;
  }
  const change = computedChanges(fill, market);
  changes.set(fill, change);
  return change;
}

function computedChanges(fill, market) {
  const [amount, total] = [decimal.parse(fill.amount), decimal.parse(fill.total)];
  const isBuy = fill.side === "buy";
  const change = {
    base: isBuy ? amount : decimal.negate(amount),
    quote: isBuy ? decimal.negate(total) : total,
  };
  if (fill.fee_amount !== undefined) {
    const unit = fill.fee_currency === market.base_unit ? "base" : "quote";
    change[unit] = decimal.subtract(change[unit], decimal.parse(fill.fee_amount));
  }
  return change;
}

/** REST tells times as ISO 8601, the stream in epoch seconds. */
function seconds(time) {
  return typeof time === "number" ? time : Math.floor(Date.parse(time) / 1000);
}
