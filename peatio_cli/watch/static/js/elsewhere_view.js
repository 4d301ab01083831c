// Orders and fills of the bot on exchanges that are no Peatio, such as the hedges of a mirror.

import * as decimal from "./decimal.js";
import { took } from "./bot_view.js";
import { byId, drawRows, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { timeCell } from "./times.js";

/** Hummingbot's database keeps as many places. */
const PLACES = 6;

export function drawElsewhere(model) {
  const { connectors = [], orders = [], fills = [] } = model.bot?.elsewhere ?? {};
  byId("elsewhere").hidden = connectors.length === 0;
  setText(byId("elsewhere-note"), `${connectors.join(", ")} · as Hummingbot has them, with ${PLACES} places`);
  drawRows(byId("foreign-orders"), orders.map((order) => orderRow(order, model.now_s())), "none yet");
  drawRows(byId("foreign-fills"), fills.map((fill) => fillRow(fill, model.now_s())), "none yet");
}

function orderRow(order, now_s) {
  const average = order.average === null ? "" : ` at ${short(order.average)} on average`;
  return {
    cells: [
      { text: order.connector, title: order.id },
      { text: order.trading_pair, className: "muted" },
      { text: order.side, className: order.side },
      order.price === null ? "market" : numbers.amount(order.price),
      numbers.amount(order.amount),
      { text: short(order.filled), title: `${short(order.filled)}${average}` },
      { text: order.state, className: order.state === "failed" ? "sell" : "muted" },
      took(order.created_s, order.ended_s),
      timeCell(Math.floor(order.created_s), now_s),
    ],
    data: { id: order.id },
  };
}

function fillRow(fill, now_s) {
  return {
    cells: [
      { text: fill.connector, title: `order ${fill.order}, trade ${fill.id}` },
      { text: fill.trading_pair, className: "muted" },
      { text: fill.side, className: fill.side },
      numbers.amount(fill.price),
      numbers.amount(fill.amount),
      fill.fee_in_quote === null ? { text: "–", className: "muted" } : numbers.amount(fill.fee_in_quote),
      timeCell(Math.floor(fill.at_s), now_s),
    ],
    data: { id: fill.id },
  };
}

function short(text) {
  return decimal.short(decimal.parse(text), PLACES);
}
