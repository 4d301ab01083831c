// One member's account: open orders, finished ones, fills, balances, profit.

import * as decimal from "./decimal.js";

const FINAL_STATES = ["done", "cancel", "reject"];
/** So long a middle price is taken for the present one. */
const MID_HOLDS_S = 10;

export class Account {
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
    const fills = this.marketFills(market.symbol).map((fill) => {
      const exact = changesBy(fill, market);
      const change = { base: decimal.toNumber(exact.base), quote: decimal.toNumber(exact.quote) };
      return { time: fill.at_s, price: fill.price, change, exact };
    });
    if (fills.length === 0) {
      return { points: [], now: null };
    }
    const moments = [...fills.reverse(), ...calmed(mids)].sort((a, b) => a.time - b.time);
    const points = new Map();
    let [base, quote, mid, price] = [0, 0, null, null];
    for (const moment of moments) {
      if (moment.change === undefined) {
        mid = moment;
      } else {
        base += moment.change.base;
        quote += moment.change.quote;
      }
      price = mid !== null && moment.time - mid.time <= MID_HOLDS_S ? mid.price : moment.price;
      points.set(moment.time, quote + base * Number(price));
    }
    const sums = sumOf(fills.map(({ exact }) => exact));
    const now = decimal.add(sums.quote, decimal.multiply(sums.base, decimal.parse(price)));
    return { points: [...points].map(([time, value]) => ({ time, value })), now };
  }
}

/** zsmartex's orders have no id but a uuid, those of other engines get their id later. */
export function keyOf(order) {
  return String(order.id ?? order.uuid);
}

function latestFirst(a, b) {
  return b.created_s - a.created_s || (b.id ?? 0) - (a.id ?? 0);
}

function sumOf(changes) {
  return changes.reduce(
    (sum, { base, quote }) => ({ base: decimal.add(sum.base, base), quote: decimal.add(sum.quote, quote) }),
    { base: decimal.ZERO, quote: decimal.ZERO },
  );
}

/** Each middle price as the median of it and its two neighbours on either side. */
function calmed(mids) {
  return mids.map(({ time }, index) => {
    const near = mids.slice(Math.max(0, index - 2), index + 3).map(({ price }) => price);
    return { time, price: near.sort((a, b) => a - b)[near.length >> 1] };
  });
}

function changesBy(fill, market) {
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
