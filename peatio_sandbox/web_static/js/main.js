// Puts the page together: a model, what feeds it, and the views that draw it.

import { drawBook } from "./book_view.js";
import { CandleView, ProfitView } from "./chart_view.js";
import { drawDepth } from "./depth_view.js";
import { byId, onLook } from "./dom.js";
import { FaultsView } from "./faults_view.js";
import { Live, readPage } from "./live.js";
import { drawMember, offerMembers } from "./member_view.js";
import { Model } from "./model.js";
import { drawLinks, drawMarkets, drawNotes, drawPeriods, offerMarkets, offerPeriods } from "./status_view.js";
import { drawTrades } from "./trades_view.js";

async function main() {
  const page = await readPage();
  const model = new Model();
  model.members = page.members;
  const feed = new Live(model);
  await feed.start(wanted());
  offer(model, feed);
  addViews(model);
  const faults = new FaultsView(model);
  model.on(["faults"], () => faults.draw(model));
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
  model.changed("book", "trades", "candles", "account", "links", "markets", "notes");
}

main();
