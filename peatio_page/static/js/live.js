// Feeds the model from a running exchange: what it is by REST, what changes by Ranger.

import { Book } from "./book.js";
import { MemberFeed } from "./member_feed.js";
import { Ranger } from "./ranger.js";
import { Rest, RestError } from "./rest.js";

const TRADES_SHOWN = 40;
/** Candles asked for at once; older ones follow when one looks at them. */
const CANDLES_SHOWN = 1000;
/** So long after a period's turn Peatio's k-line may still lack the last trades (docs/protocol.md section 6). */
const CANDLES_SETTLE_S = 3;
export class Live {
  /** @param {object} place where the exchange is read, as `Rest` and `MemberFeed` describe it */
  constructor(model, place) {
    this.model = model;
    this.place = place;
    this.rest = new Rest(
      place,
      (error) => this.onOutcome(error),
      () => this.onForgotten(),
    );
  }

  async start(wanted) {
    const { model } = this;
    const enabled = await patiently(() => this.readMarkets());
    const shown = enabled.filter((market) => this.isShown(market));
    model.markets = shown.length > 0 ? shown : enabled;
    this.publicStream = new Ranger(async () => this.place.publicStream, {
      onEvent: (name, payload) => this.onPublicEvent(name, payload),
      onSubscribing: (stream) => stream === this.bookStream && this.beginReplay(),
      onSubscribed: (stream) => stream === this.bookStream && this.endReplay(),
      onState: (state) => this.onPublicState(state),
    });
    this.chooseMarket(wanted.market);
    this.chooseMember(model.members.includes(wanted.member) ? wanted.member : model.members[0]);
    setInterval(() => this.member.reconcile(), this.place.reconcileMs);
    this.rest.quietly(async () => {
      const tickers = Object.entries(await this.rest.read("/public/markets/tickers"));
      model.tickers = Object.fromEntries(tickers.map(([symbol, { ticker }]) => [symbol, ticker]));
      model.changed("markets");
    });
  }

  /** The markets that are open. Without one there is nothing to show yet. */
  async readMarkets() {
    const markets = await this.rest.read("/public/markets");
    // Peatio 2.x calls a market's symbol its id.
    const enabled = markets.filter(isEnabled).map((market) => ({ symbol: market.id, ...market }));
    if (enabled.length === 0) {
      this.onOutcome(new RestError(502, ["the exchange lists no open market"]));
      throw new RestError(502, []);
    }
    return enabled;
  }

  /** Whether a market is offered; a page may offer fewer than there are. */
  isShown(_market) {
    return true;
  }

  chooseMarket(symbol) {
    this.model.chooseMarket(symbol);
    this.loadTrades();
    this.loadCandles();
    this.member?.chooseMarket(this.model.market.symbol);
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
    this.member?.close();
    this.member = new MemberFeed(this.rest, this.place, {
      onAccount: (account) => this.model.takeAccount(account),
      onState: (state) => this.onState("member", "The member's stream", state),
    });
    this.model.takeAccount(this.member.account);
    this.member.chooseMarket(this.model.market.symbol);
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
      this.model.book.invalidate("stream is down");
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
    }, this.place.bookPatienceMs);
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

  loadCandles(isLast = false) {
    const { candles } = this.model;
    return this.forCandles({}, (rows) => {
      candles.load(rows);
      const passed_s = this.model.now_s() % candles.step_s;
      if (passed_s < CANDLES_SETTLE_S && !isLast) {
        setTimeout(() => candles === this.model.candles && this.loadCandles(true), 1000 * CANDLES_SETTLE_S);
      }
    });
  }

  /** Read the candles before the first, one request at a time. */
  async loadOlderCandles() {
    const { candles } = this.model;
    const first_s = candles.rows[0]?.[0];
    if (candles.isComplete || first_s === undefined || this.isLoadingOlder) {
      return;
    }
    this.isLoadingOlder = true;
    await this.forCandles({ time_to: first_s - 1 }, (rows) => candles.loadOlder(rows));
    this.isLoadingOlder = false;
  }

  forCandles(parameters, use) {
    const { candles, period } = this.model;
    return this.forMarket("/k-line", { period: period.minutes, limit: CANDLES_SHOWN, ...parameters }, (rows) => {
      if (candles === this.model.candles) {
        use(rows);
        this.model.changed("candles");
      }
    });
  }

  /** Read something of the present market, unless another one is chosen before the answer comes. */
  forMarket(path, parameters, use) {
    const { market } = this.model;
    return this.rest.quietly(async () => {
      const body = await this.rest.read(`/public/markets/${market.symbol}${path}`, parameters);
      if (market === this.model.market) {
        use(body);
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
    this.model.note("The exchange was started again: everything is read again.");
    this.member.startOver();
    this.model.takeAccount(this.member.account);
    this.chooseMarket(this.model.market.symbol);
  }
}

/** Ask until there is an answer: whoever opens the page a moment too early shall not have to open it again. */
export async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function isEnabled(market) {
  return market.state === undefined || market.state === "enabled";
}
