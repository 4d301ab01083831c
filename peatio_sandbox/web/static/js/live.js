// Feeds the model from a running exchange: what it is by REST, what changes by Ranger.

import { Account } from "./account.js";
import { Book } from "./book.js";
import { Ranger } from "./ranger.js";
import { Rest, sandbox } from "./rest.js";

const RANGER = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v2/ranger`;
const TRADES_SHOWN = 40;
const CANDLES_SHOWN = 300;
const PAGE = 1000;
const LATEST_FILLS = 100;
/** A book without a snapshot is asked for again after this long, and then fed from REST depth as well. */
const BOOK_PATIENCE_MS = 2000;
/** Bursts of events ask for balances and fees once. */
const GATHER_MS = 250;
/** Lost events stay lost: what is open is asked for this often, whatever the stream said. */
const RECONCILE_MS = 3000;

export class Live {
  constructor(model) {
    this.model = model;
    this.rest = new Rest(
      (error) => this.onOutcome(error),
      () => this.onForgotten(),
    );
    this.gather = undefined;
  }

  async start(wanted) {
    const { model } = this;
    const markets = await this.patiently(() => this.rest.read("/public/markets"));
    // Peatio 2.x calls a market's symbol its id.
    model.markets = markets.filter(isEnabled).map((market) => ({ symbol: market.id, ...market }));
    this.publicStream = new Ranger(async () => `${RANGER}/public`, {
      onEvent: (name, payload) => this.onPublicEvent(name, payload),
      onSubscribing: (stream) => stream === this.bookStream && this.beginReplay(),
      onSubscribed: (stream) => stream === this.bookStream && this.endReplay(),
      onState: (state) => this.onPublicState(state),
    });
    this.chooseMarket(wanted.market);
    this.chooseMember(model.members.includes(wanted.member) ? wanted.member : model.members[0]);
    setInterval(() => this.reconcile(), RECONCILE_MS);
    this.quietly(async () => {
      const tickers = Object.entries(await this.rest.read("/public/markets/tickers"));
      model.tickers = Object.fromEntries(tickers.map(([symbol, { ticker }]) => [symbol, ticker]));
      model.changed("markets");
    });
  }

  chooseMarket(symbol) {
    this.model.chooseMarket(symbol);
    this.loadTrades();
    this.loadCandles();
    if (this.model.member !== null) {
      this.loadFills();
    }
    this.subscribe();
  }

  choosePeriod(name) {
    this.model.choosePeriod(name);
    this.loadCandles();
    this.subscribe();
  }

  chooseMember(name) {
    this.model.chooseMember(name);
    this.rest.actFor(name);
    this.privateStream?.close();
    this.privateStream = new Ranger(
      async () => `${RANGER}/private?session=${encodeURIComponent(await this.rest.openSession())}`,
      {
        onEvent: (event, payload) => this.onPrivateEvent(event, payload),
        onSubscribing: () => {},
        onSubscribed: () => {},
        onState: (state) => this.onPrivateState(state),
      },
    );
    this.privateStream.want(["order", "trade"]);
    this.loadAccount();
  }

  // --- the market ---

  get bookStream() {
    return `${this.model.market.symbol}.ob-inc`;
  }

  subscribe() {
    const { symbol } = this.model.market;
    const candles = `${symbol}.kline-${this.model.period.name}`;
    this.publicStream.want([this.bookStream, `${symbol}.trades`, candles, "global.tickers"]);
    this.watchBook();
  }

  onPublicEvent(name, payload) {
    if (!this.model.take(name, payload)) {
      this.model.note(`The book broke: its ${this.model.book.reason}. Asking for a snapshot.`);
      this.publicStream.renew(this.bookStream);
      this.watchBook();
    }
  }

  /** What Ranger replays ends with the acknowledgement and is judged whole: it may have a gap in it itself. */
  beginReplay() {
    this.model.replayed = new Book();
  }

  endReplay() {
    const { replayed, book } = this.model;
    this.model.replayed = null;
    if (replayed?.isSound) {
      if (book.breaks > 0 && !book.isSound) {
        this.model.note("The book is whole again.");
      }
      replayed.breaks = book.breaks;
      this.model.book = replayed;
      this.model.onBook();
    }
    this.watchBook();
  }

  onPublicState(state) {
    this.onState("market", "The market stream", state);
    if (state === "closed") {
      this.model.replayed = null;
      this.model.book.distrust("the market stream is down");
      this.model.changed("book");
    } else {
      this.loadTrades();
      this.loadCandles();
    }
  }

  /** See to it that the book becomes whole: early subscribers of Rango may never get a snapshot. */
  watchBook() {
    clearTimeout(this.bookTimer);
    this.bookTimer = setTimeout(() => {
      if (!this.model.book.isSound) {
        this.publicStream.renew(this.bookStream);
        this.loadDepth();
        this.watchBook();
      }
    }, BOOK_PATIENCE_MS);
  }

  loadDepth() {
    return this.forMarket("/depth", {}, (depth) => {
      if (!this.model.book.isSound) {
        this.model.book.depth(depth);
        this.model.changed("book");
      }
    });
  }

  loadTrades() {
    return this.forMarket("/trades", { limit: TRADES_SHOWN }, (rows) => {
      this.model.takeTrades(rows.map((row) => ({ ...row, tid: row.id, date: row.created_at })));
    });
  }

  loadCandles() {
    const { period } = this.model;
    return this.forMarket("/k-line", { period: period.minutes, limit: CANDLES_SHOWN }, (rows) => {
      if (period === this.model.period) {
        this.model.candles.load(rows);
        this.model.changed("candles");
      }
    });
  }

  /** Read something of the present market, unless another one is chosen before the answer comes. */
  forMarket(path, parameters, use) {
    const { market } = this.model;
    return this.quietly(async () => {
      const body = await this.rest.read(`/public/markets/${market.symbol}${path}`, parameters);
      if (market === this.model.market) {
        use(body);
      }
    });
  }

  // --- the member ---

  onPrivateEvent(name, payload) {
    this.model.take(name, payload);
    this.gather ??= setTimeout(() => {
      this.gather = undefined;
      this.loadBalances();
      if (this.hasFillsWithoutFee()) {
        this.loadLatestFills();
      }
    }, GATHER_MS);
  }

  onPrivateState(state) {
    this.onState("member", "The member's stream", state);
    if (state === "open") {
      this.loadAccount();
    }
  }

  hasFillsWithoutFee() {
    return [...this.model.account.fills.values()].some((fill) => fill.fee_amount === undefined);
  }

  reconcile() {
    this.loadOpenOrders();
    this.loadBalances();
    this.loadLatestFills();
  }

  loadAccount() {
    this.loadOpenOrders();
    this.loadBalances();
    this.loadFills();
  }

  loadOpenOrders() {
    const asked_ms = Date.now();
    return this.forMember("/market/orders", { "state[]": ["pending", "wait"], limit: PAGE }, (rows) => {
      this.model.account.takeOpenOrders(rows, asked_ms);
    });
  }

  loadBalances() {
    return this.forMember("/account/balances", { limit: PAGE }, (rows) => {
      this.model.account.balances = rows;
    });
  }

  /** Read the member's fills on this market, oldest first, so that new ones do not shift the pages. */
  loadFills(page = 1) {
    return this.forFills({ order_by: "asc", limit: PAGE, page }, (rows) => {
      if (rows.length === PAGE) {
        this.loadFills(page + 1);
      }
    });
  }

  loadLatestFills() {
    return this.forFills({ limit: LATEST_FILLS });
  }

  forFills(parameters, also = () => {}) {
    return this.forMember("/market/trades", { market: this.model.market.symbol, ...parameters }, (rows) => {
      rows.forEach((row) => this.model.account.takeFill(row));
      also(rows);
    });
  }

  /** Read something of the present member, unless another one is chosen before the answer comes. */
  forMember(path, parameters, use) {
    const { account } = this.model;
    return this.quietly(async () => {
      const body = await this.rest.readOwn(path, parameters);
      if (account === this.model.account) {
        use(body);
        this.model.changed("account", "book", "trades", "candles");
      }
    });
  }

  // --- when something is wrong ---

  onState(link, name, state) {
    const before = this.model.links[link];
    this.model.setLink(link, state);
    if (before === "open" && state === "closed") {
      this.model.note(`${name} was cut. Connecting again.`);
    } else if (before === "closed" && state === "open") {
      this.model.note(`${name} is back.`);
    }
  }

  onOutcome(error) {
    const isFine = error === null || (error.status > 0 && error.status < 429);
    const before = this.model.links.rest;
    this.model.setLink("rest", isFine ? "open" : "closed");
    if (!isFine && before !== "closed") {
      this.model.note(`REST failed: ${error.message}.`);
    } else if (isFine && before === "closed") {
      this.model.note("REST answers again.");
    }
  }

  /** Another exchange answers at the same address: nothing of the last one's holds any more. */
  onForgotten() {
    this.model.note("The exchange was started anew.");
    this.model.account = new Account();
    this.chooseMarket(this.model.market.symbol);
    this.loadAccount();
  }

  /** Errors of single requests show in the state of the REST link; the next request may succeed. */
  async quietly(ask) {
    try {
      await ask();
    } catch (error) {
      if (error.status === undefined) {
        throw error;
      }
    }
  }

  async patiently(ask) {
    for (;;) {
      try {
        return await ask();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }
}

/** Tell the page what it shows: an exchange or a recording. */
export function readPage() {
  return sandbox("GET", "/page");
}

function isEnabled(market) {
  return market.state === undefined || market.state === "enabled";
}
