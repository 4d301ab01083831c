// The order book as a table: asks above, bids below, one's own quotes marked.

import * as decimal from "./decimal.js";
import { byId, drawRows, setText } from "./dom.js";
import * as numbers from "./numbers.js";

const LEVELS = 12;
const SIDES = ["asks", "bids"];

export function drawBook(model) {
  const { book, market } = model;
  const own = model.account.quotes(market.symbol);
  const sides = Object.fromEntries(SIDES.map((side) => [side, withSums(book.sorted(side))]));
  const write = writers(sides, market);
  drawRows(byId("asks"), rows("asks", sides.asks, own.asks, write).reverse());
  drawRows(byId("bids"), rows("bids", sides.bids, own.bids, write));
  drawMiddle(model);
  const hidden = countHidden(own.asks, sides.asks) + countHidden(own.bids, sides.bids);
  setText(byId("own-note"), ownNote(own, hidden, model.member));
  byId("own-note").title = byId("own-note").textContent;
  drawState(book);
}

/** What is shown of a book that does not follow is pale; why it does not is in the hint and in the list of notes. */
function drawState(book) {
  const state = byId("book-state");
  state.toggleAttribute("data-sound", book.isSound);
  setText(state, book.isSound ? "in sequence" : `not trusted: ${book.reason}`);
  state.title = state.textContent;
  for (const id of ["book", "depth-panel"]) {
    byId(id).toggleAttribute("data-unsound", !book.isSound);
  }
}

/** Choose a click on a level: `choose` gets the side and the price as text. */
export function onLevel(choose) {
  for (const side of SIDES) {
    byId(side).addEventListener("click", (event) => {
      const price = event.target.closest("tr")?.dataset.price;
      if (price !== undefined) {
        choose(side, price);
      }
    });
  }
}

/** The best levels of a side with the running sum of amounts. */
function withSums(levels) {
  let sum = decimal.ZERO;
  return levels.slice(0, LEVELS).map(([price, amount]) => {
    sum = decimal.add(sum, decimal.parse(amount));
    return { price, amount, sum: decimal.plain(sum) };
  });
}

/** How prices, amounts and sums of both sides are written, and the deepest sum. */
function writers(sides, market) {
  const levels = SIDES.flatMap((side) => sides[side]);
  const column = (name) => numbers.amounts(levels.map((level) => level[name]), market.amount_precision);
  return {
    price: (text) => numbers.price(text, market),
    amount: column("amount"),
    sum: column("sum"),
    deepest: Math.max(...levels.map(({ sum }) => Number(sum)), 0),
  };
}

/** Always as many rows, so that nothing jumps when levels come and go. */
function rows(side, levels, own, write) {
  const missing = Array.from({ length: LEVELS - levels.length }, () => ({ cells: ["\u00a0", "", ""], share: 0 }));
  return [...levels.map((level) => levelRow(side, level, own, write)), ...missing];
}

function levelRow(side, level, own, write) {
  return {
    cells: [
      { text: write.price(level.price), className: side === "asks" ? "sell" : "buy" },
      write.amount(level.amount),
      { ...write.sum(level.sum), className: "muted" },
    ],
    data: { side, price: level.price, own: own.has(level.price) ? decimal.plain(own.get(level.price)) : undefined },
    share: write.deepest > 0 ? Number(level.sum) / write.deepest : 0,
  };
}

/** Middle and spread are those of the levels that are shown, trusted or not. */
function drawMiddle(model) {
  const mid = model.mid();
  const { bid, ask } = model.book.best();
  const { price_precision: places, quote_unit: quote } = model.market;
  setText(byId("mid"), mid === null ? "–" : decimal.fixed(mid, places));
  if (mid === null) {
    setText(byId("spread"), "a side is empty");
    return;
  }
  const gap = decimal.subtract(decimal.parse(ask), decimal.parse(bid));
  const share = numbers.percent((100 * decimal.toNumber(gap)) / decimal.toNumber(mid), 3);
  setText(byId("spread"), `spread ${decimal.fixed(gap, places)} · ${share}`);
  byId("spread").title = `${decimal.plain(gap)} ${numbers.unit(quote)}`;
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
