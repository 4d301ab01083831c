// One member's open orders, fills and balances.

import * as decimal from "./decimal.js";
import { byId, clock, drawRows, make, setText } from "./dom.js";

const FILLS_SHOWN = 100;
/** More places than these are in the hint only. */
const PLACES = 6;

export function drawMember(model) {
  drawOrders(model);
  drawFills(model);
  drawBalances(model);
}

/** Offer the members; `choose` is told whom one has taken. */
export function offerMembers(model, choose) {
  const select = byId("member");
  select.replaceChildren(...model.members.map((name) => make("option", "", name)));
  select.value = model.member;
  select.addEventListener("change", () => choose(select.value));
}

function drawOrders({ account, market }) {
  const orders = account.openOrders(market.symbol);
  const rows = orders.map((order) => ({
    cells: [
      { text: order.side, className: order.side },
      order.price === null ? "market" : decimal.fixed(decimal.parse(order.price), market.price_precision),
      decimal.fixed(decimal.parse(order.remaining_volume), market.amount_precision),
      { text: order.state, className: "muted" },
    ],
    data: { id: String(order.id) },
  }));
  drawRows(byId("orders"), rows, "none on this market");
  setText(byId("orders-count"), orders.length > 0 ? String(orders.length) : "");
}

function drawFills({ account, market }) {
  const fills = account.marketFills(market.symbol);
  const rows = fills.slice(0, FILLS_SHOWN).map((fill) => ({
    cells: [
      { text: fill.side, className: fill.side },
      decimal.fixed(decimal.parse(fill.price), market.price_precision),
      decimal.fixed(decimal.parse(fill.amount), market.amount_precision),
      feeCell(fill),
      { text: clock(fill.at_s), className: "muted" },
    ],
    data: { id: String(fill.id), order: String(fill.order_id) },
  }));
  drawRows(byId("fills"), rows, "none on this market");
  setText(byId("fills-count"), fills.length > 0 ? counts(fills) : "");
}

/** Fees have up to eleven places: shown are six, all of them in the hint. */
function feeCell({ fee_amount: fee, fee_currency: currency }) {
  if (fee === undefined) {
    return { text: "…", className: "muted" };
  }
  const exact = decimal.parse(fee);
  const text = `${decimal.short(exact, PLACES)} ${currency}`;
  return { text, className: "muted", title: `${decimal.plain(exact)} ${currency}` };
}

function counts(fills) {
  const buys = fills.filter((fill) => fill.side === "buy").length;
  return `${fills.length}: ${buys} bought, ${fills.length - buys} sold`;
}

function drawBalances({ account }) {
  const held = account.balances.filter((row) => Number(row.balance) !== 0 || Number(row.locked) !== 0);
  const rows = held.map((row) => ({
    cells: [row.currency.toUpperCase(), amountCell(row.balance), { ...amountCell(row.locked), className: "muted" }],
    data: { currency: row.currency },
  }));
  drawRows(byId("balances"), rows, "nothing");
}

function amountCell(text) {
  const exact = decimal.parse(text);
  return { text: decimal.short(exact, PLACES), title: decimal.plain(exact) };
}
