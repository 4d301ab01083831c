// Puts the page of `watch` together: bots, the market of one of them, and its orders, fills and profit.

import { Account } from "./account.js";
import { drawBook } from "./book_view.js";
import { BotFeed } from "./bot_feed.js";
import { drawBot } from "./bot_view.js";
import { drawBots } from "./bots_view.js";
import { CandleView } from "./candle_view.js";
import { DepthView } from "./depth_view.js";
import { byId, setText } from "./dom.js";
import { drawElsewhere } from "./elsewhere_view.js";
import { Live, patiently } from "./live.js";
import { drawMember, offerLists, offerMembers, offerOrderLists } from "./member_view.js";
import { Model } from "./model.js";
import { ProfitView } from "./profit_view.js";
import { watchScrolling } from "./scroll_signs.js";
import { drawLinks, drawMarkets, drawNotes, drawPeriods, offerMarkets, offerPeriods } from "./status_view.js";
import { drawSummary } from "./summary_view.js";
import { drawTrades } from "./trades_view.js";
import { ACCOUNT, JOURNAL, placeOf, readPage } from "./watch_place.js";

/** The page is left open for days: the server knows the sums. */
Account.kept = 1000;

async function main() {
  const { views } = await patiently(readPage);
  const wanted = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const view = views.find(({ id }) => id === wanted.view) ?? views[0];
  setText(byId("what"), `${view.bot} on ${view.connector} · reads only`);
  const model = new Model();
  model.members = view.account ? [JOURNAL, ACCOUNT] : [JOURNAL];
  model.noBalances = view.account ? "choose “the account” above to see them" : "shown with --account";
  const bots = new BotFeed(model, view);
  addBotViews(model, views, view);
  // For whoever wants to look closer, in the browser's console or in a test.
  window.watchPage = model;
  await bots.look();
  // What the bot does is shown whether its exchange answers or not.
  bots.follow();
  watchScrolling();
  const live = new BotMarkets(model, view);
  await live.start({ market: model.bot?.markets?.[0], ...wanted });
  offer(model, live, view);
  addViews(model, live);
}

/** The bot's markets where it has some: an exchange may have hundreds. */
class BotMarkets extends Live {
  constructor(model, view) {
    super(model, placeOf(view));
  }

  isShown(market) {
    const own = this.model.bot?.markets ?? [];
    return own.length === 0 || own.includes(market.symbol);
  }
}

function offer(model, live, view) {
  const remember = () => {
    const { market, member } = model;
    history.replaceState(null, "", `#${new URLSearchParams({ view: view.id, market: market.symbol, member })}`);
  };
  offerMarkets(model, (symbol) => {
    live.chooseMarket(symbol);
    remember();
  });
  offerPeriods(model, (name) => live.choosePeriod(name));
  offerMembers(model, (name) => {
    live.chooseMember(name);
    remember();
  });
  offerOrderLists();
  offerLists("elsewhere-lists");
}

/** Another bot, or another exchange: all is read again. */
function show({ id }) {
  location.hash = new URLSearchParams({ view: id });
  location.reload();
}

/** What needs no exchange. */
function addBotViews(model, views, view) {
  model.on(["links"], drawLinks);
  model.on(["notes"], drawNotes);
  model.on(["bots"], () => drawBots(model, views, view, show));
  model.on(["bots"], () => drawBot(model, view));
  model.on(["bots"], drawElsewhere);
  model.changed("links", "notes", "bots");
}

function addViews(model, live) {
  const candles = new CandleView(() => live.loadOlderCandles());
  const [profit, depth] = [new ProfitView(), new DepthView(model)];
  model.on(["book", "account"], drawBook);
  model.on(["book", "account"], () => depth.draw());
  model.on(["trades", "account"], drawTrades);
  model.on(["candles"], () => candles.draw(model));
  model.on(["account"], drawMember);
  model.on(["account"], () => profit.draw(model));
  model.on(["markets"], drawMarkets);
  model.on(["markets", "trades"], drawSummary);
  model.on(["candles", "markets"], drawPeriods);
  model.changed("book", "trades", "candles", "account", "markets", "bots");
}

main();
