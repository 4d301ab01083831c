// The latest public trades; the member's own are marked.

import { byId, drawRows } from "./dom.js";
import * as numbers from "./numbers.js";
import { timeCell } from "./times.js";

export function drawTrades(model) {
  const { market, trades } = model;
  const own = new Set(model.account.marketFills(market.symbol).map((fill) => fill.id));
  const amount = numbers.amounts(
    trades.map((trade) => trade.amount),
    market.amount_precision,
  );
  const rows = trades.map((trade) => {
    const isOwn = own.has(trade.tid);
    const { text, title } = amount(trade.amount);
    return {
      cells: [
        { text: numbers.price(trade.price, market), className: trade.taker_type === "buy" ? "buy" : "sell" },
        { text: (isOwn ? "◆ " : "") + text, title, className: isOwn ? "own" : "" },
        timeCell(trade.date, model.now_s()),
      ],
      data: { id: String(trade.tid) },
    };
  });
  drawRows(byId("trades"), rows, "no trades yet");
}
