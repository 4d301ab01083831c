// One member's account: open orders, fills, balances, profit.

import * as decimal from "./decimal.js";

const FINAL_STATES = ["done", "cancel", "reject"];
/** So long a middle price is taken for the present one. */
const MID_HOLDS_S = 10;

export class Account {
  constructor() {
    this.orders = new Map();
    this.fills = new Map();
    this.balances = [];
    this.closed = new Set();
  }

  /** Take an order as an event tells it. A final state never changes: what comes after it is late. */
  takeOrder(order, heard_ms = Date.now()) {
    if (this.closed.has(order.id)) {
      return;
    }
    if (FINAL_STATES.includes(order.state)) {
      this.orders.delete(order.id);
      this.closed.add(order.id);
    } else {
      this.orders.set(order.id, { ...this.orders.get(order.id), ...order, heard_ms });
    }
  }

  /** Take the list of open orders. Who is not on it and was not heard of since it was asked for is open no more. */
  takeOpenOrders(rows, asked_ms) {
    const listed = new Set(rows.map((row) => row.id));
    for (const [id, order] of this.orders) {
      if (!listed.has(id) && order.heard_ms < asked_ms) {
        this.orders.delete(id);
      }
    }
    rows.forEach((row) => this.takeOrder(row, asked_ms));
  }

  /** Take a fill; what an event tells has no fee yet. A trade with oneself fills two orders. */
  takeFill(fill) {
    const key = `${fill.order_id}/${fill.id}`;
    this.fills.set(key, { ...this.fills.get(key), ...fill, at_s: seconds(fill.created_at) });
  }

  /** Open orders of a market, the highest price first. */
  openOrders(market) {
    const open = [...this.orders.values()].filter((order) => order.market === market);
    return open.sort((a, b) => Number(b.price) - Number(a.price) || b.id - a.id);
  }

  /** Fills of a market, the latest first. */
  marketFills(market) {
    return [...this.fills.values()].filter((fill) => fill.market === market).sort((a, b) => b.id - a.id);
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

  /** What the fills of a market changed, fees included: {base, quote} as decimals. */
  changes(market) {
    let [base, quote] = [decimal.ZERO, decimal.ZERO];
    for (const fill of this.marketFills(market.symbol)) {
      const change = changesBy(fill, market);
      base = decimal.add(base, change.base);
      quote = decimal.add(quote, change.quote);
    }
    return { base, quote };
  }

  /**
   * Profit over time in quote currency, against not having traded: the base currency is taken at the middle price of
   * the moment (calmed: a swept book has a far-off middle for a second), or at the fill's where no middle was noted
   * shortly before. As floats, for drawing: [{time, value}], times in whole seconds and rising.
   */
  profitOverTime(market, mids) {
    const fills = this.marketFills(market.symbol).map((fill) => {
      const { base, quote } = changesBy(fill, market);
      const change = { base: decimal.toNumber(base), quote: decimal.toNumber(quote) };
      return { time: fill.at_s, price: Number(fill.price), change };
    });
    const moments = [...fills.reverse(), ...calmed(mids)].sort((a, b) => a.time - b.time);
    const points = new Map();
    let [base, quote, mid] = [0, 0, null];
    for (const moment of moments) {
      if (moment.change === undefined) {
        mid = moment;
      } else {
        base += moment.change.base;
        quote += moment.change.quote;
      }
      const isKnown = mid !== null && moment.time - mid.time <= MID_HOLDS_S;
      points.set(moment.time, quote + base * (isKnown ? mid.price : moment.price));
    }
    return fills.length > 0 ? [...points].map(([time, value]) => ({ time, value })) : [];
  }
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
