// Candles with one's own fills, and profit over time: TradingView's Lightweight Charts.

import {
  BaselineSeries,
  CandlestickSeries,
  ColorType,
  HistogramSeries,
  createChart,
  createSeriesMarkers,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import * as decimal from "./decimal.js";
import { byId, colour, onLook, setText } from "./dom.js";

/** The chart library draws the times of a zone it is not told as UTC. */
const zone_s = () => -60 * new Date().getTimezoneOffset();

/** So few candles are drawn wider. */
const FEW = 30;

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
    rightPriceScale: { borderColor: colour("line") },
    timeScale: { borderColor: colour("line"), timeVisible: true },
  };
}

function makeChart(id, options, restyle) {
  const element = byId(id);
  const chart = createChart(element, { autoSize: true, ...look(), ...options });
  const apply = () => {
    chart.applyOptions(look());
    restyle();
  };
  onLook(element, apply);
  return [chart, apply];
}

export class CandleView {
  constructor() {
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
    apply();
  }

  restyle() {
    const [up, down] = [colour("buy"), colour("sell")];
    this.candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.drawn = null;
    if (this.model) {
      this.draw(this.model);
    }
  }

  draw(model) {
    this.model = model;
    const { candles } = model;
    if (this.drawn?.candles !== candles) {
      this.chart.timeScale().applyOptions({ barSpacing: candles.rows.length < FEW ? 18 : 9, rightOffset: 4 });
      this.chart.timeScale().scrollToRealTime();
    }
    if (this.drawn?.candles === candles && this.drawn.version === candles.version) {
      candles.rows.filter(([at_s]) => at_s >= this.drawn.last_s).forEach((row) => this.update(row));
    } else {
      this.load(candles, model.market.price_precision);
    }
    this.drawn = { candles, version: candles.version, last_s: candles.last?.[0] ?? 0 };
    this.markers.setMarkers(fillMarkers(model));
  }

  load(candles, precision) {
    this.candles.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    this.candles.setData(candles.rows.map(bar));
    this.volumes.setData(candles.rows.map(volume));
  }

  update(row) {
    this.candles.update(bar(row));
    this.volumes.update(volume(row));
  }
}

function bar([at_s, open, high, low, close]) {
  return { time: at_s + zone_s(), open, high, low, close };
}

function volume([at_s, open, , , close, amount]) {
  return { time: at_s + zone_s(), value: amount, color: colour(close >= open ? "buy-area" : "sell-area") };
}

/** One mark a candle and side for the member's fills. */
function fillMarkers({ account, candles, market }) {
  const first_s = candles.rows[0]?.[0] ?? Infinity;
  const marks = new Map();
  for (const fill of account.marketFills(market.symbol)) {
    const start_s = Math.floor(fill.at_s / candles.step_s) * candles.step_s;
    if (start_s >= first_s) {
      marks.set(`${start_s} ${fill.side}`, { start_s, isBuy: fill.side === "buy" });
    }
  }
  return [...marks.values()]
    .sort((a, b) => a.start_s - b.start_s)
    .map(({ start_s, isBuy }) => ({
      time: start_s + zone_s(),
      position: isBuy ? "belowBar" : "aboveBar",
      shape: isBuy ? "arrowUp" : "arrowDown",
      color: colour("own"),
      size: 0.6,
    }));
}

export class ProfitView {
  constructor() {
    const [chart, apply] = makeChart("profit", { handleScroll: false, handleScale: false }, () => this.restyle());
    this.chart = chart;
    this.series = chart.addSeries(BaselineSeries, { lineWidth: 2, priceLineVisible: false, lastValueVisible: false });
    apply();
  }

  restyle() {
    const [up, down] = [colour("buy"), colour("sell")];
    this.series.applyOptions({
      topLineColor: up,
      topFillColor1: colour("buy-area"),
      topFillColor2: "transparent",
      bottomLineColor: down,
      bottomFillColor1: "transparent",
      bottomFillColor2: colour("sell-area"),
    });
  }

  draw(model) {
    const { account, market, mids } = model;
    const precision = market.price_precision;
    this.series.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    const points = account.profitOverTime(market, mids);
    this.series.setData(points.map(({ time, value }) => ({ time: time + zone_s(), value })));
    this.chart.timeScale().fitContent();
    this.drawFigure(model);
  }

  drawFigure({ account, market, mids }) {
    const figure = byId("profit-figure");
    const mid = mids.at(-1);
    const isEmpty = account.marketFills(market.symbol).length === 0;
    figure.closest(".panel").toggleAttribute("data-empty", isEmpty);
    if (isEmpty || mid === undefined) {
      figure.className = isEmpty ? "hint" : "figure muted";
      setText(figure, isEmpty ? "no fills yet" : "–");
      return;
    }
    const { base, quote } = account.changes(market);
    const profit = decimal.add(quote, decimal.multiply(base, decimal.parse(mid.price)));
    figure.className = `figure ${decimal.sign(profit) >= 0 ? "buy" : "sell"}`;
    const plus = decimal.sign(profit) > 0 ? "+" : "";
    setText(figure, `${plus}${decimal.fixed(profit, market.price_precision)} ${market.quote_unit.toUpperCase()}`);
  }
}
