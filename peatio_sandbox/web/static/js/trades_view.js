// The latest public trades; the member's own are marked.

import * as decimal from "./decimal.js";
import { byId, clock, drawRows } from "./dom.js";

export function drawTrades(model) {
  const { market } = model;
  const own = new Set(model.account.marketFills(market.symbol).map((fill) => fill.id));
  const rows = model.trades.map((trade) => ({
    cells: [
      {
        text: decimal.fixed(decimal.parse(trade.price), market.price_precision),
        className: trade.taker_type === "buy" ? "buy" : "sell",
      },
      {
        text: (own.has(trade.tid) ? "◆ " : "") + decimal.fixed(decimal.parse(trade.amount), market.amount_precision),
        className: own.has(trade.tid) ? "own" : "",
      },
      { text: clock(trade.date), className: "muted" },
    ],
    data: { id: String(trade.tid) },
  }));
  drawRows(byId("trades"), rows, "no trades yet");
}
