// The chosen market at a glance: its figures of 24 hours, and the price in the tab's title.

import * as decimal from "./decimal.js";
import { byId, setText } from "./dom.js";
import * as numbers from "./numbers.js";

const NAME = document.title;

export function drawSummary(model) {
  const { market } = model;
  const last = model.lastPrice();
  document.title = last === undefined ? NAME : `${numbers.price(last, market)} ${market.name} · ${NAME}`;
  const ticker = model.tickers[market.symbol];
  const isKnown = ticker !== undefined && last !== undefined && Number(ticker.high) !== 0;
  // Tickers come every few seconds; a trade since then may be beyond them.
  const prices = isKnown ? [ticker.high, ticker.low, last].sort((a, b) => Number(a) - Number(b)) : [];
  setFigure("day-high", isKnown ? numbers.price(prices[2], market) : "–");
  setFigure("day-low", isKnown ? numbers.price(prices[0], market) : "–");
  drawVolume(isKnown ? ticker : undefined, market);
}

/** Peatio 2.4 and later: `amount` in base currency, `volume` in quote; before that `volume` is in base currency. */
function drawVolume(ticker, market) {
  if (ticker === undefined) {
    setFigure("day-volume", "–");
    return;
  }
  const base = numbers.money(rounded(ticker.amount ?? ticker.volume), market.base_unit);
  const worth = ticker.amount === undefined ? "" : `worth ${numbers.money(ticker.volume, market.quote_unit).text}`;
  setFigure("day-volume", base.text, worth);
}

/** A sum over a day needs four places at most, a price none of them. */
function rounded(text) {
  const exact = decimal.parse(text);
  return exact.scale > 4 && Number(text) >= 1 ? decimal.parse(decimal.fixed(exact, 4).replaceAll(",", "")) : exact;
}

function setFigure(id, text, title = "") {
  setText(byId(id), text);
  byId(id).title = title;
}
