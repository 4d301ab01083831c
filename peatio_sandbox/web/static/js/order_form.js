// The form for orders by hand, and the open orders made with it.

import * as decimal from "./decimal.js";
import { byId, drawRows, make, setText } from "./dom.js";
import { priceText, sideCell, stateCell } from "./member_view.js";
import * as numbers from "./numbers.js";
import { checked } from "./order_check.js";

const SHARES = [25, 50, 100];
/** What is to be done about Peatio's most frequent refusals. */
const REMEDIES = {
  "market.account.insufficient_balance": "choose a smaller amount, or cancel an order that locks money",
  "market.order.invalid_volume_or_price": "see the market's smallest amount, its lowest and highest price",
  "market.order.insufficient_market_liquidity": "the other side of the book holds less: choose a smaller amount",
  "market.order.open_orders_limit": "cancel an open order first",
};

export class OrderForm {
  constructor(model, trading) {
    this.model = model;
    this.trading = trading;
    this.form = byId("trade");
    this.price = byId("trade-price");
    this.amount = byId("trade-amount");
    this.market = null;
    setText(byId("trade-member"), `as member ${trading.routes.member}`);
    this.addShares();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("input", () => this.draw());
    for (const [id, choose] of Object.entries({
      "at-bid": ({ bid }) => bid,
      "at-ask": ({ ask }) => ask,
    })) {
      byId(id).addEventListener("click", () => this.setPrice(choose(model.book.best())));
    }
  }

  get side() {
    return this.form.elements.side.value;
  }

  get isMarket() {
    return this.form.elements.ord_type.value === "market";
  }

  addShares() {
    const buttons = SHARES.map((share) => {
      const button = make("button", "quiet", numbers.percent(share, 0));
      button.type = "button";
      button.title = `${share}% of what is free`;
      button.addEventListener("click", () => this.takeShare(share));
      return button;
    });
    byId("shares").replaceChildren(...buttons);
  }

  setPrice(text) {
    if (text !== null && text !== undefined) {
      this.price.value = decimal.plain(decimal.parse(text));
      this.draw();
    }
  }

  /** Fill in a part of what is free. What is bought is computed at the price, rounded down to the market's places. */
  takeShare(share) {
    const { account } = this.trading;
    const { base_unit: base, quote_unit: quote, amount_precision: places } = this.market;
    const price = Number(this.priceAsText());
    let most = decimal.parse(account.free(this.side === "buy" ? quote : base));
    if (this.side === "buy") {
      if (!(price > 0)) {
        this.say("Enter a price first.", true);
        return;
      }
      most = decimal.divided(most, decimal.parse(this.priceAsText()), places);
    }
    const part = decimal.multiply(most, { units: BigInt(share), scale: 2 });
    this.amount.value = decimal.plain(decimal.floored(part, places));
    this.draw();
  }

  /** The price that counts: a market order's is the best one of the other side. */
  priceAsText() {
    const { bid, ask } = this.model.book.best();
    return this.isMarket ? ((this.side === "buy" ? ask : bid) ?? "") : this.price.value.trim();
  }

  draw() {
    const { market } = this.model;
    if (market !== this.market) {
      this.market = market;
      this.price.value = "";
      this.amount.value = "";
      this.say("");
    }
    const [base, quote] = [numbers.unit(market.base_unit), numbers.unit(market.quote_unit)];
    setText(byId("price-unit"), quote);
    setText(byId("amount-unit"), base);
    this.price.disabled = this.isMarket;
    this.price.placeholder = this.isMarket ? "best price" : "";
    for (const id of ["at-bid", "at-ask"]) {
      byId(id).disabled = this.isMarket;
    }
    const button = byId("trade-send");
    button.dataset.side = this.side;
    setText(button, `${this.side === "buy" ? "Buy" : "Sell"} ${base}`);
    this.drawTotal();
    const currency = this.side === "buy" ? market.quote_unit : market.base_unit;
    const free = numbers.money(this.trading.account.free(currency), currency);
    setText(byId("trade-free"), free.text);
    byId("trade-free").title = free.title;
    this.drawOrders();
  }

  drawTotal() {
    const [price, amount] = [this.priceAsText(), this.amount.value.trim()];
    const isKnown = Number(price) > 0 && Number(amount) > 0;
    const total = isKnown ? decimal.multiply(decimal.parse(price), decimal.parse(amount)) : null;
    const text = total === null ? "–" : numbers.money(total, this.market.quote_unit).text;
    setText(byId("trade-total"), this.isMarket && total !== null ? `about ${text}` : text);
  }

  drawOrders() {
    const { market } = this;
    const orders = this.trading.account.openOrders(market.symbol);
    const amount = numbers.amounts(
      orders.map((order) => order.remaining_volume),
      market.amount_precision,
    );
    const rows = orders.map((order) => ({
      cells: [
        sideCell(order),
        priceText(order, market),
        amount(order.remaining_volume),
        stateCell(order),
        { text: "×", button: () => this.cancel(order), title: `Cancel order ${order.id ?? order.uuid}` },
      ],
      data: { id: String(order.id ?? order.uuid) },
    }));
    drawRows(byId("own-orders"), rows, "no open orders");
  }

  async send() {
    const { market, side, isMarket } = this;
    const asked = { price: isMarket ? null : this.price.value, amount: this.amount.value };
    const { problem, price, volume } = checked(asked, market);
    if (problem !== undefined) {
      this.say(problem, true);
      return;
    }
    const order = { market: market.symbol, side, ord_type: isMarket ? "market" : "limit", volume };
    const terms = isMarket ? "at market" : `at ${numbers.price(price, market)}`;
    const what = `${side} ${numbers.money(volume, market.base_unit).text} ${terms}`;
    const button = byId("trade-send");
    button.disabled = true; // a second press must not make a second order
    await this.tell(`Order: ${what}`, () => this.trading.create(isMarket ? order : { ...order, price }));
    button.disabled = false;
  }

  cancel(order) {
    const what = `Cancel of ${order.side} at ${priceText(order, this.market)}`;
    return this.tell(what, () => this.trading.cancel(order));
  }

  async tell(what, ask) {
    this.say(`${what}: sent.`);
    try {
      await ask();
      this.say(`${what}: accepted. The list shows what becomes of it.`);
    } catch (error) {
      if (error.status === undefined) {
        throw error;
      }
      this.say(`${what}: ${explained(error)}`, true);
    }
    this.model.note(byId("trade-note").textContent);
  }

  say(text, isProblem = false) {
    const note = byId("trade-note");
    setText(note, text);
    note.title = text;
    note.classList.toggle("sell", isProblem);
  }
}

/** Without an answer a request may have taken effect; a 409 says that the browser has sent it twice for want of one. */
function explained(error) {
  if (error.status === 0 || error.status === 409 || error.status >= 500) {
    const reason = error.status >= 500 ? `${error.status} ${error.message}` : "no answer";
    return `${reason}. It may have worked: look at the list before you repeat it.`;
  }
  const remedy = error.codes.map((code) => REMEDIES[code.replace(".spot_market", ".market")]).find(Boolean);
  return `refused (${error.status} ${error.message})${remedy === undefined ? "" : `; ${remedy}`}.`;
}
