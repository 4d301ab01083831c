// Puts the page together: a model, what feeds it, and the views that draw it.

import { drawBook } from "./book_view.js";
import { CandleView, ProfitView } from "./chart_view.js";
import { drawDepth } from "./depth_view.js";
import { byId, onLook } from "./dom.js";
import { FaultsView } from "./faults_view.js";
import { Live, readPage } from "./live.js";
import { drawMember, offerMembers } from "./member_view.js";
import { Model } from "./model.js";
import { PlayerView, drawRequests } from "./player_view.js";
import { Replay } from "./replay.js";
import { drawLinks, drawMarkets, drawNotes, drawPeriods, offerMarkets, offerPeriods } from "./status_view.js";
import { drawTrades } from "./trades_view.js";

async function main() {
  const page = await readPage();
  const model = new Model();
  if (page.mode === "recording") {
    const replay = new Replay(model);
    await replay.start(wanted());
    offer(model, replay);
    const player = new PlayerView(replay, page.name);
    model.on(["player"], () => player.draw(model));
    model.on(["requests"], drawRequests);
  } else {
    model.members = page.members;
    const live = new Live(model);
    await live.start(wanted());
    offer(model, live);
    const faults = new FaultsView(model);
    model.on(["faults"], () => faults.draw(model));
  }
  addViews(model);
  // For whoever wants to look closer, in the browser's console or in a test.
  window.sandboxPage = model;
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
}

function addViews(model) {
  const [candles, profit] = [new CandleView(), new ProfitView()];
  model.on(["book", "account"], drawBook);
  model.on(["book"], drawDepth);
  model.on(["trades", "account"], drawTrades);
  model.on(["candles"], () => candles.draw(model));
  model.on(["account"], drawMember);
  model.on(["account"], () => profit.draw(model));
  model.on(["links"], drawLinks);
  model.on(["markets"], drawMarkets);
  model.on(["candles", "markets"], drawPeriods);
  model.on(["notes"], drawNotes);
  onLook(byId("depth"), () => drawDepth(model));
  model.changed("book", "trades", "candles", "account", "links", "markets", "notes", "requests", "player");
}

main();
