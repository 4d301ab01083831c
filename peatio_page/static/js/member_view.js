// One member's orders, fills and balances.

import { byId, drawRows, make, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { timeCell } from "./times.js";

const ROWS_SHOWN = 100;

export function drawMember(model) {
  drawOrders(model);
  drawHistory(model);
  drawFills(model);
  drawBalances(model);
}

/** Offer the members; `choose` gets the name of the chosen one. */
export function offerMembers(model, choose) {
  const select = byId("member");
  select.replaceChildren(...model.members.map((name) => make("option", "", name)));
  select.value = model.member;
  select.addEventListener("change", () => choose(select.value));
}

/** Show the open orders or the finished ones, whichever button was pressed. */
export function offerOrderLists() {
  offerLists("order-lists");
}

/** A group of buttons, each of which shows the element that it names and hides those of the others. */
export function offerLists(group) {
  const buttons = [...byId(group).querySelectorAll("button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const each of buttons) {
        each.setAttribute("aria-pressed", String(each === button));
        byId(each.dataset.shows).hidden = each !== button;
      }
    });
  }
}

function drawOrders(model) {
  const { account, market } = model;
  const orders = account.openOrders(market.symbol);
  const amount = amountsOf(orders, "remaining_volume", market);
  const rows = orders.map((order) => ({
    cells: [sideCell(order), priceText(order, market), remainingCell(order, amount, model), stateCell(order)],
    data: { id: String(order.id ?? order.uuid) },
  }));
  drawRows(byId("orders"), rows, "none on this market");
  setText(byId("show-open"), orders.length > 0 ? `Open ${orders.length}` : "Open");
}

/** What a cycle of a pegged coin made smaller is marked; the hint has its full size. */
function remainingCell(order, amount, model) {
  const cell = amount(order.remaining_volume);
  const full = model.fullVolume(order);
  return full === undefined
    ? cell
    : { ...cell, className: "reduced", title: `${cell.title}: made smaller by the peg, ${full} at full size` };
}

function drawHistory(model) {
  const { account, market } = model;
  const orders = account.finishedOrders(market.symbol).slice(0, ROWS_SHOWN);
  const amount = amountsOf(orders, "origin_volume", market);
  const rows = orders.map((order) => ({
    cells: [
      sideCell(order),
      priceText(order, market),
      amount(order.origin_volume),
      filledCell(order, market),
      stateCell(order),
      timeCell(order.created_s, model.now_s()),
    ],
    data: { id: String(order.id ?? order.uuid) },
  }));
  drawRows(byId("history"), rows, "none on this market");
}

function drawFills(model) {
  const { account, market } = model;
  const fills = account.marketFills(market.symbol);
  const shown = fills.slice(0, ROWS_SHOWN);
  const amount = amountsOf(shown, "amount", market);
  const rows = shown.map((fill) => ({
    cells: [
      sideCell(fill),
      numbers.price(fill.price, market),
      amount(fill.amount),
      feeCell(fill),
      timeCell(fill.at_s, model.now_s()),
    ],
    data: { id: String(fill.id), order: String(fill.order_id) },
  }));
  drawRows(byId("fills"), rows, "none on this market");
  setText(byId("fills-count"), fills.length > 0 ? counts(fills) : "");
}

function amountsOf(rows, name, market) {
  return numbers.amounts(
    rows.map((row) => row[name]),
    market.amount_precision,
  );
}

export function sideCell({ side }) {
  return { text: side, className: side };
}

export function stateCell({ state }) {
  return { text: state, className: "muted" };
}

export function priceText({ price }, market) {
  return price === null || price === undefined ? "market" : numbers.price(price, market);
}

/** How much of an order was filled, in the hint at which price. */
function filledCell(order, market) {
  const [executed, origin] = [Number(order.executed_volume), Number(order.origin_volume)];
  const share = origin === 0 ? 0 : (100 * executed) / origin;
  const { title } = numbers.money(order.executed_volume, market.base_unit);
  const average = executed > 0 ? ` at ${numbers.price(order.avg_price, market)} on average` : "";
  return { text: numbers.percent(share, 0), title: `${title}${average}` };
}

/** Fees have up to sixteen places: shown are six digits, all of them in the hint. */
function feeCell({ fee_amount: fee, fee_currency: currency }) {
  return fee === undefined
    ? { text: "…", className: "muted" }
    : { ...numbers.fee(fee, currency), className: "muted" };
}

function counts(fills) {
  const buys = fills.filter((fill) => fill.side === "buy").length;
  return `${fills.length}: ${buys} bought, ${fills.length - buys} sold`;
}

function drawBalances({ account, noBalances }) {
  const held = account.balances.filter((row) => Number(row.balance) !== 0 || Number(row.locked) !== 0);
  const rows = held.map((row) => ({
    cells: [
      numbers.unit(row.currency),
      numbers.amount(row.balance),
      { ...numbers.amount(row.locked), className: "muted" },
    ],
    data: { currency: row.currency },
  }));
  drawRows(byId("balances"), rows, noBalances);
}
