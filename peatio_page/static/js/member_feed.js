// Feeds one member's account from the exchange: what it is by REST, what changes by the private stream.

import { Account } from "./account.js";
import { Ranger } from "./ranger.js";

const PAGE = 1000;
const LATEST_FILLS = 100;
const LATEST_ORDERS = 100;

export class MemberFeed {
  /**
   * @param {Rest} rest acts for the member
   * @param {object} place `ownStream(session)` is the private stream's address, `gatherMs` how long bursts are gathered,
   *   `readsAllFills` whether the fills of all times are read, for the profit
   * @param {object} listener onAccount(account) after a change; onOrder(order) and onFill(fill) after an event;
   *   onState("open" or "closed")
   */
  constructor(rest, place, listener) {
    this.rest = rest;
    this.place = place;
    this.listener = listener;
    this.account = new Account();
    this.market = null;
    this.gather = undefined;
    this.stream = new Ranger(async () => place.ownStream(await rest.openSession()), {
      onEvent: (name, payload) => this.onEvent(name, payload),
      onSubscribing: () => {},
      onSubscribed: () => {},
      onState: (state) => this.onState(state),
    });
    this.stream.want(["order", "trade"]);
  }

  close() {
    clearTimeout(this.gather);
    this.stream.close();
  }

  /** Keep the fills and finished orders of this market, beside what is of all markets. */
  chooseMarket(market) {
    this.market = market;
    this.load();
  }

  /** Forget everything: another exchange answers at the same address. */
  startOver() {
    this.account = new Account();
    this.load();
  }

  load() {
    this.loadOpenOrders();
    this.loadFinishedOrders();
    this.loadBalances();
    if (this.place.readsAllFills) {
      this.loadFills();
    } else {
      this.loadLatestFills();
    }
  }

  /** Lost events stay lost: ask for what they may have contained. */
  reconcile() {
    this.loadOpenOrders();
    this.loadFinishedOrders();
    this.loadBalances();
    this.loadLatestFills();
  }

  onEvent(name, payload) {
    if (name === "order") {
      this.account.takeOrder(payload);
    } else if (name === "trade") {
      this.account.takeFill(payload);
    } else {
      return;
    }
    this.listener.onAccount(this.account);
    this.gather ??= setTimeout(() => {
      this.gather = undefined;
      this.loadBalances();
      if (this.hasFillsWithoutFee()) {
        this.loadLatestFills();
      }
    }, this.place.gatherMs);
  }

  onState(state) {
    this.listener.onState(state);
    if (state === "open") {
      this.load();
    }
  }

  hasFillsWithoutFee() {
    return [...this.account.fills.values()].some((fill) => fill.fee_amount === undefined);
  }

  loadOpenOrders() {
    const asked_ms = Date.now();
    return this.ask("/market/orders", { "state[]": ["pending", "wait"], limit: PAGE }, (rows) => {
      this.account.takeOpenOrders(rows, asked_ms);
    });
  }

  loadFinishedOrders() {
    const parameters = { market: this.market, "state[]": ["done", "cancel", "reject"], limit: LATEST_ORDERS };
    return this.ask("/market/orders", parameters, (rows) => rows.forEach((row) => this.account.takeOrder(row)));
  }

  loadBalances() {
    return this.ask("/account/balances", { limit: PAGE }, (rows) => {
      this.account.balances = rows;
    });
  }

  /** Read the member's fills on the market, oldest first, so that new ones do not shift the pages. */
  loadFills(page = 1) {
    return this.askForFills({ order_by: "asc", limit: PAGE, page }, (rows) => {
      if (rows.length === PAGE) {
        this.loadFills(page + 1);
      }
    });
  }

  loadLatestFills() {
    return this.askForFills({ limit: LATEST_FILLS });
  }

  askForFills(parameters, also = () => {}) {
    return this.ask("/market/trades", { market: this.market, ...parameters }, (rows) => {
      rows.forEach((row) => this.account.takeFill(row));
      also(rows);
    });
  }

  /** Read something of the member's, unless all was forgotten before the answer comes. */
  async ask(path, parameters, use) {
    if (this.market === null) {
      return;
    }
    const { account } = this;
    await this.rest.quietly(async () => {
      const body = await this.rest.readOwn(path, parameters);
      if (account === this.account) {
        use(body);
        this.listener.onAccount(account);
      }
    });
  }
}
