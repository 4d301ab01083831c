// Puts the page together: a model, what feeds it, and the views that draw it.

import { drawBook, onLevel } from "./book_view.js";
import { CandleView } from "./candle_view.js";
import { DepthView } from "./depth_view.js";
import { byId, setText } from "./dom.js";
import { FaultsView } from "./faults_view.js";
import { Live, patiently } from "./live.js";
import { ManualTrading } from "./manual_trading.js";
import { drawMember, offerMembers, offerOrderLists } from "./member_view.js";
import { Model } from "./model.js";
import { OrderForm } from "./order_form.js";
import { PegView } from "./peg_view.js";
import { PlayerView, drawRequests } from "./player_view.js";
import { ProfitView } from "./profit_view.js";
import { Replay } from "./replay.js";
import { SANDBOX, sandbox } from "./sandbox.js";
import { watchScrolling } from "./scroll_signs.js";
import { drawLinks, drawMarkets, drawNotes, drawPeriods, offerMarkets, offerPeriods } from "./status_view.js";
import { drawSummary } from "./summary_view.js";
import { drawTrades } from "./trades_view.js";

async function main() {
  const page = await patiently(() => sandbox("GET", "/page"));
  const model = new Model();
  const feed = page.mode === "recording" ? await showRecording(model, page) : await showExchange(model, page);
  addViews(model, feed);
  watchScrolling();
  // For whoever wants to look closer, in the browser's console or in a test.
  window.sandboxPage = model;
}

async function showRecording(model, page) {
  const replay = new Replay(model);
  await replay.start(wanted());
  offer(model, replay);
  const player = new PlayerView(replay, page.name);
  model.on(["player"], () => player.draw(model));
  model.on(["requests"], drawRequests);
  return replay;
}

async function showExchange(model, page) {
  model.members = page.members;
  const live = new Live(model, SANDBOX);
  await live.start(wanted());
  offer(model, live);
  const faults = new FaultsView(model);
  model.on(["faults"], () => faults.draw(model));
  if (page.pegged) {
    const peg = new PegView(model);
    model.on(["peg", "account"], () => peg.draw(model));
  }
  offerTrading(model, page.trading);
  return live;
}

/** Orders by hand, where the sandbox has a member for them and this machine may send them. */
function offerTrading(model, routes) {
  const isPossible = routes !== null && routes.refusal === undefined;
  byId("trade").hidden = !isPossible;
  if (!isPossible) {
    byId("trade-panel").hidden = routes === null;
    setText(byId("trade-member"), routes === null ? "" : `not here: ${routes.refusal}`);
    return;
  }
  const trading = new ManualTrading(routes, SANDBOX, () => model.changed("trading"));
  const form = new OrderForm(model, trading);
  let symbol = null;
  model.on(["markets", "trading", "book"], () => {
    if (symbol !== model.market.symbol) {
      symbol = model.market.symbol;
      trading.chooseMarket(symbol);
    }
    form.draw();
  });
  onLevel((_side, price) => form.setPrice(price));
  byId("book").toggleAttribute("data-chooses", true);
}

/** What is chosen stands in the address, so that it can be kept and shared. */
function wanted() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function offer(model, feed) {
  const remember = () => {
    history.replaceState(null, "", `#${new URLSearchParams({ market: model.market.symbol, member: model.member })}`);
  };
  offerMarkets(model, (symbol) => {
    feed.chooseMarket(symbol);
    remember();
  });
  offerPeriods(model, (name) => feed.choosePeriod(name));
  offerMembers(model, (name) => {
    feed.chooseMember(name);
    remember();
  });
  offerOrderLists();
}

function addViews(model, feed) {
  const candles = new CandleView(() => feed.loadOlderCandles());
  const [profit, depth] = [new ProfitView(), new DepthView(model)];
  model.on(["book", "account"], drawBook);
  model.on(["book", "account"], () => depth.draw());
  model.on(["trades", "account"], drawTrades);
  model.on(["candles"], () => candles.draw(model));
  model.on(["account", "peg"], drawMember);
  model.on(["account"], () => profit.draw(model));
  model.on(["links"], drawLinks);
  model.on(["markets"], drawMarkets);
  model.on(["markets", "trades"], drawSummary);
  model.on(["candles", "markets"], drawPeriods);
  model.on(["notes"], drawNotes);
  model.changed("book", "trades", "candles", "account", "links", "markets", "notes", "requests", "player", "trading");
}

main();
