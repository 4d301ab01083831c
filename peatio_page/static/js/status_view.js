// What stands around the market: connections, the list of markets, what happened.

import { PERIODS } from "./candles.js";
import { byId, make, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { clock } from "./times.js";

const LINKS = { rest: "REST", market: "market stream", member: "member's stream" };
/** Of one width in the style sheet, so that nothing moves when one of them changes. */
const STATES = { open: "up", closed: "down", waiting: "…" };

export function drawLinks({ links }) {
  const items = Object.entries(LINKS).map(([name, label]) => {
    const item = make("li");
    item.append(make("span", "", label), make("span", "word", STATES[links[name]]));
    item.dataset.state = links[name];
    return item;
  });
  byId("links").replaceChildren(...items);
}

/** Offer the markets as buttons; `choose` gets the symbol of the chosen one. */
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
    const last = isChosen ? model.lastPrice() : ticker?.last;
    const isKnown = last !== undefined && Number(last) !== 0;
    setText(button.querySelector(".last"), isKnown ? numbers.price(last, market) : "–");
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
