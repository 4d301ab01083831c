// What the page shows, wherever it comes from: an exchange or a recording. Views draw it, at most once a frame.

import { Account } from "./account.js";
import { Book } from "./book.js";
import { Candles, PERIODS } from "./candles.js";
import * as decimal from "./decimal.js";

const TRADES_KEPT = 60;
const NOTES_KEPT = 60;
const MIDS_KEPT = 7200;

export class Model {
  constructor() {
    this.views = new Map();
    this.dirty = new Set();
    this.markets = [];
    this.tickers = {};
    this.members = [];
    this.member = null;
    this.market = null;
    this.period = PERIODS[0];
    this.links = { rest: "waiting", market: "waiting", member: "waiting" };
    this.faults = { active: [], hits: {} };
    /** Peg and cycles of a pegged coin, as the sandbox describes them; null without one. */
    this.peg = null;
    this.requests = [];
    this.notes = [];
    /** What the list of balances says where there are none. */
    this.noBalances = "nothing";
    /** Profit over time where somebody else computes it; null where it is the fills'. */
    this.course = null;
    this.now_s = () => Date.now() / 1000;
    this.clearMarket();
    this.account = new Account();
  }

  /** Draw again whenever one of these topics changed. */
  on(topics, draw) {
    for (const topic of topics) {
      this.views.set(topic, [...(this.views.get(topic) ?? []), draw]);
    }
  }

  /** Say that something changed. */
  changed(...topics) {
    if (this.dirty.size === 0) {
      requestAnimationFrame(() => this.draw());
    }
    topics.forEach((topic) => this.dirty.add(topic));
  }

  draw() {
    const draws = new Set([...this.dirty].flatMap((topic) => this.views.get(topic) ?? []));
    this.dirty.clear();
    for (const draw of draws) {
      try {
        draw(this);
      } catch (error) {
        reportError(error); // in the console; what the others show must not stand still as well
      }
    }
  }

  chooseMarket(symbol) {
    this.market = this.markets.find((market) => market.symbol === symbol) ?? this.markets[0];
    this.clearMarket();
    this.changed("markets", "book", "trades", "candles", "account");
  }

  choosePeriod(name) {
    this.period = PERIODS.find((period) => period.name === name);
    this.candles = new Candles(this.period.minutes);
    this.changed("candles");
  }

  chooseMember(name) {
    this.member = name;
    this.takeAccount(new Account());
  }

  /** Show this account, which may have changed. */
  takeAccount(account) {
    this.account = account;
    this.changed("account", "book", "trades", "candles");
  }

  clearMarket() {
    this.book = new Book();
    /** A book that is being replayed; it takes the place of the other once it is whole. */
    this.replayed = null;
    this.candles = new Candles(this.period.minutes);
    this.trades = [];
    this.mids = [];
  }

  /** Take an event by its name in Ranger. False: the book broke. */
  take(name, payload) {
    const symbol = this.market.symbol;
    switch (name) {
      case `${symbol}.ob-snap`:
        (this.replayed ?? this.book).snapshot(payload);
        this.onBook();
        return true;
      case `${symbol}.ob-inc`:
        return this.takeIncrement(payload);
      case `${symbol}.trades`:
        payload.trades.forEach((trade) => this.takeTrade(trade));
        return true;
      case `${symbol}.kline-${this.period.name}`:
        this.candles.takeRow(payload);
        this.changed("candles");
        return true;
      case "global.tickers":
        this.tickers = payload;
        this.changed("markets");
        return true;
      default:
        return true;
    }
  }

  takeIncrement(payload) {
    if (this.replayed !== null) {
      this.replayed.increment(payload);
      return true;
    }
    const isWhole = this.book.increment(payload);
    this.onBook();
    return isWhole;
  }

  /** Take a public trade of the stream. */
  takeTrade(trade) {
    this.takeTrades([trade]);
    this.candles.takeTrade(Number(trade.price), trade.date);
    this.changed("candles");
  }

  /** Take public trades, known ones too. */
  takeTrades(trades) {
    const known = new Map([...this.trades, ...trades].map((trade) => [trade.tid, trade]));
    this.trades = [...known.values()].sort((a, b) => b.tid - a.tid).slice(0, TRADES_KEPT);
    this.changed("trades", "markets");
  }

  /** The middle of the book that is shown as a decimal, null where a side is empty. */
  mid() {
    const { bid, ask } = this.book.best();
    return bid === null || ask === null ? null : decimal.half(decimal.add(decimal.parse(bid), decimal.parse(ask)));
  }

  /** Keep the middle of each second, for profit over time. */
  onBook() {
    const time = Math.floor(this.now_s());
    if (!(time <= this.mids.at(-1)?.time)) {
      const mid = this.book.isSound ? this.mid() : null;
      if (mid !== null) {
        this.mids.push({ time, price: decimal.toNumber(mid) });
        this.mids.splice(0, this.mids.length - MIDS_KEPT);
        this.changed("account");
      }
    }
    this.changed("book");
  }

  /** The chosen market's last price as text, undefined before the first trade. */
  lastPrice() {
    const last = this.trades[0]?.price ?? this.tickers[this.market.symbol]?.last;
    return last === undefined || Number(last) === 0 ? undefined : last;
  }

  /** The full size of an order that a peg's cycle made smaller, as text; undefined for others. */
  fullVolume(order) {
    return this.peg?.reduced.find(({ id }) => id === order.id)?.full_volume;
  }

  /** Write down something that happened. */
  note(text, at_s = this.now_s()) {
    this.notes = [{ at_s, text }, ...this.notes].slice(0, NOTES_KEPT);
    this.changed("notes");
  }

  /** Profit of the chosen market over time, as `Account` describes it. */
  profit() {
    return this.course ?? this.account.profit(this.market, this.mids);
  }

  setLink(name, state) {
    if (this.links[name] !== state) {
      this.links = { ...this.links, [name]: state };
      this.changed("links");
    }
  }
}
