// What stands around the market: connections, the list of markets, what happened.

import * as decimal from "./decimal.js";
import { PERIODS } from "./candles.js";
import { byId, clock, make, setText } from "./dom.js";

const LINKS = { rest: "REST", market: "market stream", member: "member's stream" };
const STATES = { open: "", closed: ": down", waiting: ": connecting" };

export function drawLinks({ links }) {
  const items = Object.entries(LINKS).map(([name, label]) => {
    const item = make("li", "", label + STATES[links[name]]);
    item.dataset.state = links[name];
    return item;
  });
  byId("links").replaceChildren(...items);
}

/** Offer the markets as buttons; `choose` is told which. */
export function offerMarkets(model, choose) {
  const buttons = model.markets.map((market) => {
    const button = make("button");
    button.type = "button";
    button.dataset.market = market.symbol;
    button.append(make("span", "", market.name), make("span", "change"), make("span", "last"));
    button.addEventListener("click", () => choose(market.symbol));
    return button;
  });
  byId("markets").replaceChildren(...buttons);
}

export function drawMarkets(model) {
  for (const button of byId("markets").children) {
    const market = model.markets.find(({ symbol }) => symbol === button.dataset.market);
    const ticker = model.tickers[market.symbol];
    const isChosen = market === model.market;
    button.setAttribute("aria-pressed", String(isChosen));
    const last = (isChosen && model.trades[0]?.price) || ticker?.last;
    const isKnown = last !== undefined && Number(last) !== 0;
    const price = isKnown ? decimal.fixed(decimal.parse(last), market.price_precision) : "–";
    setText(button.querySelector(".last"), price);
    const change = ticker?.price_change_percent ?? "";
    const element = button.querySelector(".change");
    setText(element, change);
    element.className = `change ${change.startsWith("-") ? "sell" : "buy"}`;
  }
}

export function offerPeriods(model, choose) {
  const buttons = PERIODS.map(({ name }) => {
    const button = make("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => choose(name));
    return button;
  });
  byId("periods").replaceChildren(...buttons);
}

export function drawPeriods({ period, market }) {
  for (const button of byId("periods").children) {
    button.setAttribute("aria-pressed", String(button.textContent === period.name));
  }
  setText(byId("chart-title"), market.name);
}

export function drawNotes({ notes }) {
  const items = notes.map(({ at_s, text }) => {
    const item = make("li");
    item.append(make("time", "", clock(at_s)), make("span", "", text));
    return item;
  });
  byId("notes").replaceChildren(...(items.length > 0 ? items : [make("li", "muted", "Nothing out of the ordinary.")]));
}
