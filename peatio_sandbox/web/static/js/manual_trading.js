// Orders by hand. The sandbox's own member trades, by REST as every member does: POST a create, POST a cancel.

import { keyOf } from "./account.js";
import { MemberFeed } from "./member_feed.js";
import { Rest } from "./rest.js";

export class ManualTrading {
  /**
   * @param {object} routes what GET /sandbox/page says of trading: the member, and how this Peatio takes orders
   * @param {object} place where the account is read and orders are sent
   * @param {() => void} onChange called when the member's account has changed
   */
  constructor(routes, place, onChange) {
    this.routes = routes;
    this.rest = new Rest(
      place,
      () => {},
      () => this.feed.startOver(),
    );
    this.rest.actFor(routes.member);
    this.feed = new MemberFeed(this.rest, place, { onAccount: onChange, onState: () => {} });
    setInterval(() => this.feed.reconcile(), place.reconcileMs);
  }

  get account() {
    return this.feed.account;
  }

  chooseMarket(symbol) {
    this.feed.chooseMarket(symbol);
  }

  /**
   * Create an order: market, side, ord_type, volume, and price unless it is a market order.
   *
   * Throws RestError. Its status 0, 409 or from 500 on says nothing about the order: it may have been stored.
   */
  async create(order) {
    const { prefix, create, names } = this.routes;
    const named = Object.entries(order).map(([name, value]) => [names[name] ?? name, value]);
    try {
      await this.rest.send(prefix + create, Object.fromEntries(named));
    } finally {
      this.feed.loadOpenOrders();
    }
  }

  /** Ask for an order's cancellation; it takes effect later. Throws RestError as `create` does. */
  async cancel(order) {
    const { prefix, cancel } = this.routes;
    try {
      await this.rest.send(prefix + cancel.replace("{id}", this.nameOf(order)), {});
    } finally {
      this.feed.loadOpenOrders();
    }
  }

  /** Another engine's cancel wants the uuid, which the list of orders has and an event has not. */
  nameOf(order) {
    return this.routes.cancel.endsWith("{id}") && order.uuid !== undefined ? order.uuid : keyOf(order);
  }
}
