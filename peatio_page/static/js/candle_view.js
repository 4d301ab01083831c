// Candles with one's own fills: TradingView's Lightweight Charts.

import {
  CandlestickSeries,
  HistogramSeries,
  createSeriesMarkers,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { makeChart, priceFormat } from "./chart_base.js";
import * as decimal from "./decimal.js";
import { byId, colour } from "./dom.js";
import * as numbers from "./numbers.js";
import { moment } from "./times.js";
import { Tooltip, useArrowKeys } from "./tooltip.js";

/** So few candles are drawn wider. */
const FEW = 30;
/** With fewer candles than these to the left of the window older ones are asked for. */
const MARGIN = 30;

export class CandleView {
  /** @param {() => void} wantOlder called when the user looks at times before the first candle */
  constructor(wantOlder) {
    const [chart, apply] = makeChart("candles", { timeScale: { secondsVisible: false } }, () => this.restyle());
    this.chart = chart;
    this.candles = chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volumes = chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.markers = createSeriesMarkers(this.candles, []);
    this.drawn = null;
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && this.drawn !== null && range.from < MARGIN) {
        wantOlder();
      }
    });
    this.addTooltip();
    apply();
  }

  addTooltip() {
    const element = byId("candles");
    this.tooltip = new Tooltip(element);
    this.chart.subscribeCrosshairMove(({ time, point }) => {
      const row = point === undefined ? undefined : this.rowAt(time);
      if (row === undefined) {
        this.tooltip.hide();
      } else {
        this.tooltip.show(candleLines(row, this.model), point.x, point.y);
      }
    });
    const rows = () => this.model?.candles.rows ?? [];
    useArrowKeys(element, {
      count: () => rows().length,
      last: () => rows().length - 1,
      choose: (index) => this.point(rows()[index]),
      leave: () => {
        this.chart.clearCrosshairPosition();
        this.tooltip.hide();
      },
    });
  }

  /** Point at a candle by keyboard; the window follows. */
  point(row) {
    const scale = this.chart.timeScale();
    const index = scale.timeToIndex(row[0], true);
    const { from, to } = scale.getVisibleLogicalRange();
    const shift = index < from ? index - from : index > to ? index - to : 0;
    if (shift !== 0) {
      scale.setVisibleLogicalRange({ from: from + shift, to: to + shift });
    }
    this.chart.setCrosshairPosition(row[4], row[0], this.candles);
    const [x, y] = [scale.timeToCoordinate(row[0]), this.candles.priceToCoordinate(row[4])];
    this.tooltip.show(candleLines(row, this.model), x ?? 0, y ?? 0);
  }

  rowAt(at_s) {
    return at_s === undefined ? undefined : this.model?.candles.rows.find((row) => row[0] === at_s);
  }

  restyle() {
    const [up, down] = [colour("buy"), colour("sell")];
    this.areas = { up: colour("buy-area"), down: colour("sell-area") };
    this.candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.drawn = null;
    if (this.model) {
      this.draw(this.model);
    }
  }

  draw(model) {
    this.model = model;
    const { candles } = model;
    const before = this.drawn;
    if (before?.candles === candles && before.version === candles.version) {
      candles.since(before.last_s).forEach((row) => this.update(row));
    } else {
      this.load(candles, model.market);
    }
    const isFew = candles.rows.length < FEW;
    this.drawn = { candles, version: candles.version, last_s: candles.last?.[0] ?? 0, isFew };
    // Again when many have come: at first there are none yet. Later it is as one has set it oneself.
    if (before?.candles !== candles || (before.isFew && !isFew)) {
      this.chart.timeScale().applyOptions({ barSpacing: isFew ? 18 : 9, rightOffset: 4 });
      this.chart.timeScale().scrollToRealTime();
    }
    this.markers.setMarkers(fillMarkers(model));
  }

  load(candles, market) {
    this.candles.applyOptions({ priceFormat: priceFormat(market) });
    this.candles.setData(candles.rows.map(bar));
    this.volumes.setData(candles.rows.map((row) => this.volume(row)));
  }

  update(row) {
    this.candles.update(bar(row));
    this.volumes.update(this.volume(row));
  }

  volume([at_s, open, , , close, amount]) {
    return { time: at_s, value: amount, color: close >= open ? this.areas.up : this.areas.down };
  }
}

function bar([at_s, open, high, low, close]) {
  return { time: at_s, open, high, low, close };
}

function candleLines(row, { market, account, candles }) {
  const [at_s, open, high, low, close, volume] = row;
  const price = (value) => numbers.roughPrice(value, market);
  const moved = open === 0 ? 0 : (100 * (close - open)) / open;
  const lines = [
    ["from", moment(at_s)],
    ["open", price(open)],
    ["high", price(high)],
    ["low", price(low)],
    ["close", price(close)],
    ["change", numbers.change(moved), close >= open ? "buy" : "sell"],
    ["volume", numbers.money(volume, market.base_unit).text],
  ];
  for (const [side, name] of [
    ["buy", "bought"],
    ["sell", "sold"],
  ]) {
    const all = account.marketFills(market.symbol);
    const fills = all.filter((fill) => fill.side === side && candles.startOf(fill) === at_s);
    if (fills.length > 0) {
      const sum = fills.map(({ amount }) => decimal.parse(amount)).reduce(decimal.add);
      lines.push([`◆ ${name}`, numbers.money(sum, market.base_unit).text, "own"]);
    }
  }
  return lines;
}

/** One mark a candle and side for the member's fills. */
function fillMarkers({ account, candles, market }) {
  const first_s = candles.rows[0]?.[0] ?? Infinity;
  const marks = new Map();
  for (const fill of account.marketFills(market.symbol)) {
    const start_s = candles.startOf(fill);
    if (start_s >= first_s) {
      marks.set(`${start_s} ${fill.side}`, { start_s, isBuy: fill.side === "buy" });
    }
  }
  return [...marks.values()]
    .sort((a, b) => a.start_s - b.start_s)
    .map(({ start_s, isBuy }) => ({
      time: start_s,
      position: isBuy ? "belowBar" : "aboveBar",
      shape: isBuy ? "arrowUp" : "arrowDown",
      color: colour("own"),
      size: 0.6,
    }));
}
