// The order book as a table: asks above, bids below, one's own quotes marked.

import * as decimal from "./decimal.js";
import { byId, drawRows, setText } from "./dom.js";

const LEVELS = 12;

export function drawBook(model) {
  const { book, market } = model;
  const own = model.account.quotes(market.symbol);
  const sides = { asks: withSums(book.sorted("asks")), bids: withSums(book.sorted("bids")) };
  const deepest = Math.max(...Object.values(sides).map((levels) => Number(levels.at(-1)?.sum ?? 0)), 0);
  drawRows(byId("asks"), rows("asks", sides.asks, own.asks, deepest, market).reverse());
  drawRows(byId("bids"), rows("bids", sides.bids, own.bids, deepest, market));
  drawMiddle(model);
  const hidden = countHidden(own.asks, sides.asks) + countHidden(own.bids, sides.bids);
  setText(byId("own-note"), ownNote(own, hidden, model.member));
  const state = byId("book-state");
  state.toggleAttribute("data-sound", book.isSound);
  setText(state, book.isSound ? "in sequence" : `not trusted: ${book.reason}`);
}

/** The best levels of a side with the running sum of amounts. */
function withSums(levels) {
  let sum = decimal.ZERO;
  return levels.slice(0, LEVELS).map(([price, amount]) => {
    sum = decimal.add(sum, decimal.parse(amount));
    return { price, amount, sum: decimal.plain(sum) };
  });
}

/** Always as many rows, so that nothing jumps when levels come and go. */
function rows(side, levels, own, deepest, market) {
  const missing = Array.from({ length: LEVELS - levels.length }, () => ({ cells: ["\u00a0", "", ""], share: 0 }));
  return [...levelRows(side, levels, own, deepest, market), ...missing];
}

function levelRows(side, levels, own, deepest, market) {
  const price = (text) => decimal.fixed(decimal.parse(text), market.price_precision);
  const amount = (text) => decimal.fixed(decimal.parse(text), market.amount_precision);
  return levels.map((level) => ({
    cells: [
      { text: price(level.price), className: side === "asks" ? "sell" : "buy" },
      amount(level.amount),
      { text: amount(level.sum), className: "muted" },
    ],
    data: { side, price: level.price, own: own.has(level.price) ? decimal.plain(own.get(level.price)) : undefined },
    share: deepest > 0 ? Number(level.sum) / deepest : 0,
  }));
}

function drawMiddle(model) {
  const mid = model.mid();
  const { bid, ask } = model.book.best();
  const { price_precision: places, quote_unit: quote } = model.market;
  setText(byId("mid"), mid === null ? "–" : decimal.fixed(mid, places));
  let spread = "";
  if (bid !== null && ask !== null) {
    const gap = decimal.subtract(decimal.parse(ask), decimal.parse(bid));
    const percent = (100 * decimal.toNumber(gap)) / Number(ask);
    spread = `spread ${decimal.fixed(gap, places)} ${quote.toUpperCase()} · ${percent.toFixed(3)} %`;
  }
  setText(byId("spread"), spread);
}

function countHidden(own, levels) {
  const shown = new Set(levels.map((level) => level.price));
  return [...own.keys()].filter((price) => !shown.has(price)).length;
}

function ownNote(own, hidden, member) {
  const all = own.asks.size + own.bids.size;
  if (all === 0) {
    return "";
  }
  return `◆ quotes of ${member}: ${all}${hidden > 0 ? `, ${hidden} of them further away` : ""}`;
}
