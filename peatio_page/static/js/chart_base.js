// What the charts of TradingView's library share: the page's colours, the browser's zone, prices as everywhere else.

import {
  ColorType,
  TickMarkType,
  createChartEx,
  defaultHorzScaleBehavior,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { byId, colour, onLook } from "./dom.js";
import * as numbers from "./numbers.js";
import { moment, offset_s } from "./times.js";

const DAY_S = 86_400;
/** How much a mark on the time scale weighs when a step of so many seconds begins there: the library's own weights. */
const STEPS = [
  [12 * 3600, 33],
  [6 * 3600, 32],
  [3 * 3600, 31],
  [3600, 30],
  [1800, 22],
  [300, 21],
  [60, 20],
  [1, 10],
];
const DAY_WEIGHT = 50;
const MONTH_WEIGHT = 60;
const YEAR_WEIGHT = 70;

/**
 * Times stay UTC, which never jumps; only marks and labels follow the browser's zone. Bars moved by the zone would meet
 * earlier ones when summer time ends, and the library takes no bar before the last.
 */
class LocalTimes extends defaultHorzScaleBehavior() {
  fillWeightsForPoints(points, from) {
    for (let index = from; index < points.length; index += 1) {
      const at_s = this.key(points[index].time);
      // The first has no neighbour: it is judged as if the one before it were a second away.
      const before_s = index > 0 ? this.key(points[index - 1].time) : at_s - 1;
      points[index].timeWeight = weight(before_s, at_s);
    }
  }
}

/** How much a mark weighs, after the one before it: more at the turn of an hour or a day in the browser's zone. */
export function weight(before_s, at_s) {
  // Both by the zone as it is now: an hour that the clocks repeat begins twice.
  const [before, now] = [before_s, at_s].map((time_s) => time_s + offset_s(at_s));
  if (Math.floor(before / DAY_S) !== Math.floor(now / DAY_S)) {
    const [a, b] = [new Date(1000 * before), new Date(1000 * now)];
    if (a.getUTCFullYear() !== b.getUTCFullYear()) {
      return YEAR_WEIGHT;
    }
    return a.getUTCMonth() === b.getUTCMonth() ? DAY_WEIGHT : MONTH_WEIGHT;
  }
  return STEPS.find(([step_s]) => Math.floor(before / step_s) !== Math.floor(now / step_s))?.[1] ?? 0;
}

const MARKS = {
  [TickMarkType.Year]: { year: "numeric" },
  [TickMarkType.Month]: { month: "short" },
  [TickMarkType.DayOfMonth]: { day: "numeric", month: "short" },
  [TickMarkType.Time]: { hour: "2-digit", minute: "2-digit" },
  [TickMarkType.TimeWithSeconds]: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** The text of a mark; its type is one of the library's TickMarkType. */
export function mark(at_s, type) {
  return new Date(1000 * at_s).toLocaleString("en-GB", MARKS[type]);
}

function look() {
  const line = { color: colour("line") };
  return {
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colour("muted"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      // The notice in the footer names TradingView; the logo would bring inline styles, which the page forbids.
      attributionLogo: false,
    },
    grid: { vertLines: line, horzLines: line },
    rightPriceScale: { borderColor: colour("line"), entireTextOnly: true },
    timeScale: { borderColor: colour("line") },
  };
}

/** Make a chart in an element; `restyle` is called whenever colours may have changed. Returns it and what starts it. */
export function makeChart(id, options, restyle) {
  const element = byId(id);
  const chart = createChartEx(element, new LocalTimes(), {
    autoSize: true,
    ...look(),
    ...options,
    localization: { locale: "en-GB", dateFormat: "dd MMM 'yy", timeFormatter: moment },
    timeScale: {
      timeVisible: true,
      tickMarkFormatter: mark,
      tickMarkMaxCharacterLength: 10,
      ...look().timeScale,
      ...options.timeScale,
    },
  });
  const apply = () => {
    chart.applyOptions(look());
    restyle();
  };
  onLook(element, apply);
  return [chart, apply];
}

/** How a series writes prices of a market. */
export function priceFormat(market) {
  return numberFormat(market.price_precision);
}

/** How it writes amounts. */
export function amountFormat(market) {
  return numberFormat(market.amount_precision);
}

function numberFormat(places) {
  return { type: "custom", minMove: 10 ** -places, formatter: (value) => numbers.rough(value, places) };
}
