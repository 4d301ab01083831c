// Feeds the model from a recording (docs/reference/browser.md): the same events, at any speed, from any point.

import * as decimal from "./decimal.js";
import { Account } from "./account.js";

const REQUESTS_KEPT = 100;
const TICK_MS = 50;

export const SPEEDS = [1, 2, 5, 20, 100];

export class Replay {
  constructor(model) {
    this.model = model;
    this.at_ms = 0;
    this.speed = 1;
    this.isPlaying = true;
  }

  async start(wanted) {
    const { model } = this;
    const text = await (await fetch("/sandbox/recording")).text();
    [this.head, ...this.lines] = text.split("\n").flatMap(read);
    this.end_ms = this.lines.at(-1)?.ms ?? 0;
    model.markets = this.head.markets;
    model.members = this.head.members.map(({ name }) => name);
    model.now_s = () => (this.head.at_ms + this.at_ms) / 1000;
    model.chooseMarket(wanted.market);
    model.chooseMember(model.members.includes(wanted.member) ? wanted.member : model.members[0]);
    this.seek(0);
    this.last_ms = performance.now();
    setInterval(() => this.tick(), TICK_MS);
  }

  chooseMarket(symbol) {
    this.model.chooseMarket(symbol);
    this.seek(this.at_ms);
  }

  choosePeriod(name) {
    this.model.choosePeriod(name);
    this.seek(this.at_ms);
  }

  chooseMember(name) {
    this.model.chooseMember(name);
    this.seek(this.at_ms);
  }

  /** A recording has no candles but those that were published. */
  loadOlderCandles() {}

  play(isPlaying) {
    if (isPlaying && this.at_ms >= this.end_ms) {
      this.seek(0);
    }
    this.isPlaying = isPlaying;
    this.model.changed("player");
  }

  tick() {
    const now_ms = performance.now();
    const passed_ms = now_ms - this.last_ms;
    this.last_ms = now_ms;
    if (this.isPlaying) {
      this.run(Math.min(this.at_ms + passed_ms * this.speed, this.end_ms));
      this.isPlaying = this.at_ms < this.end_ms;
    }
  }

  /** Go to a moment: everything before it is read again, from the beginning. */
  seek(at_ms) {
    const { model } = this;
    model.clearMarket();
    // What was before the recording, for the periods the page has; recordings without a past have none.
    model.candles.load(this.head.candles?.[model.market.symbol]?.[model.period.name] ?? []);
    model.account = new Account();
    this.member = this.head.members.find(({ name }) => name === model.member);
    model.account.balances = this.member.balances.map((row) => ({ ...row }));
    model.tickers = {};
    model.requests = [];
    model.notes = [];
    this.next = 0;
    this.at_ms = 0;
    this.run(at_ms);
    model.changed("markets", "book", "trades", "candles", "account", "notes", "requests", "player");
  }

  run(until_ms) {
    while (this.next < this.lines.length && this.lines[this.next].ms <= until_ms) {
      const line = this.lines[this.next];
      this.next += 1;
      this.at_ms = line.ms;
      this.take(line);
    }
    this.at_ms = until_ms;
    this.model.changed("player");
  }

  take(line) {
    if (line.event !== undefined) {
      this.takeEvent(line.event, line.payload);
    } else if (line.balance !== undefined) {
      this.takeBalance(line.balance);
    } else if (line.request !== undefined) {
      this.takeRequest(line.request);
    } else if (line.websocket !== undefined) {
      this.takeWebsocket(line.websocket);
    }
  }

  /** A routing key is what a stream is called, behind its scope and, for private ones, the member's uid. */
  takeEvent(key, payload) {
    const [scope, owner, kind] = key.split(".");
    if (scope === "private") {
      if (owner === this.member.uid) {
        this.takeOwn(kind, payload);
      }
    } else if (!this.model.take(`${owner}.${kind}`, payload)) {
      this.model.note(`The book broke: its ${this.model.book.reason}.`);
    }
  }

  takeOwn(kind, payload) {
    const { account } = this.model;
    if (kind === "order") {
      account.takeOrder(payload);
    } else if (kind === "trade") {
      account.takeFill(this.withFee(payload));
    }
    this.model.takeAccount(account);
  }

  /** Events tell no fee; which rate was charged follows from who took (docs/protocol.md sections 3 and 4.8). */
  withFee(trade) {
    const market = this.model.markets.find(({ symbol }) => symbol === trade.market);
    const ranks = [
      [this.member.group, trade.market],
      [this.member.group, "any"],
      ["any", trade.market],
      ["any", "any"],
    ];
    const rows = ranks.map(([group, id]) =>
      this.head.trading_fees.find((row) => row.group === group && row.market_id === id),
    );
    const row = rows.find((found) => found !== undefined);
    const rate = trade.side === trade.taker_type ? row.taker : row.maker;
    const income = trade.side === "buy" ? trade.amount : trade.total;
    const fee = decimal.multiply(decimal.parse(income), decimal.parse(rate));
    const unit = trade.side === "buy" ? market.base_unit : market.quote_unit;
    return { ...trade, fee_amount: decimal.plain(fee), fee_currency: unit };
  }

  takeBalance({ member, currency, free, locked }) {
    if (member === this.model.member) {
      const others = this.model.account.balances.filter((row) => row.currency !== currency);
      const rows = [...others, { currency, balance: free, locked }];
      this.model.account.balances = rows.sort((a, b) => (a.currency < b.currency ? -1 : 1));
      this.model.changed("account");
    }
  }

  takeRequest(request) {
    if (request.path.startsWith("/sandbox/faults")) {
      const asked = request.method === "DELETE" ? "over" : JSON.stringify(request.body);
      this.model.note(`Fault: ${asked}`);
    } else if (request.member === this.model.member) {
      const at_s = this.model.now_s();
      this.model.requests = [{ ...request, at_s }, ...this.model.requests].slice(0, REQUESTS_KEPT);
      this.model.changed("requests");
    }
  }

  takeWebsocket({ channel, is_open, member }) {
    const whose = member ? ` of ${member}` : "";
    this.model.note(`A ${channel} websocket${whose} ${is_open ? "was asked for" : "has ended"}.`);
  }
}

/** A line that was cut off by the end of the sandbox is passed over. */
function read(line) {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
