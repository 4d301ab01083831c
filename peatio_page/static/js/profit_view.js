// Profit over time, against not having traded: TradingView's Lightweight Charts.

import { BaselineSeries } from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { amountFormat, makeChart, priceFormat } from "./chart_base.js";
import * as decimal from "./decimal.js";
import { byId, colour, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { moment } from "./times.js";
import { Tooltip, useArrowKeys } from "./tooltip.js";

export class ProfitView {
  constructor() {
    const [chart, apply] = makeChart("profit", { handleScroll: false, handleScale: false }, () => this.restyle());
    this.chart = chart;
    this.points = [];
    this.series = chart.addSeries(BaselineSeries, { lineWidth: 2, priceLineVisible: false, lastValueVisible: false });
    this.addTooltip();
    apply();
  }

  addTooltip() {
    const element = byId("profit");
    this.tooltip = new Tooltip(element);
    this.chart.subscribeCrosshairMove(({ time, point }) => {
      const there = point === undefined ? undefined : this.points.find((known) => known.time === time);
      if (there === undefined) {
        this.tooltip.hide();
      } else {
        this.tooltip.show(this.lines(there), point.x, point.y);
      }
    });
    useArrowKeys(element, {
      count: () => this.points.length,
      last: () => this.points.length - 1,
      choose: (index) => this.point(this.points[index]),
      leave: () => {
        this.chart.clearCrosshairPosition();
        this.tooltip.hide();
      },
    });
  }

  point(there) {
    this.chart.setCrosshairPosition(there.value, there.time, this.series);
    const x = this.chart.timeScale().timeToCoordinate(there.time);
    this.tooltip.show(this.lines(there), x ?? 0, this.series.priceToCoordinate(there.value) ?? 0);
  }

  lines({ time, value }) {
    const sign = value > 0 && !this.isPlain ? "+" : "";
    const text = `${sign}${this.format().formatter(value)} ${numbers.unit(this.currency())}`;
    return [
      ["at", moment(time)],
      [this.label, text, this.isPlain ? "" : value >= 0 ? "buy" : "sell"],
    ];
  }

  currency() {
    return this.isBase ? this.market.base_unit : this.market.quote_unit;
  }

  format() {
    return this.isBase ? amountFormat(this.market) : priceFormat(this.market);
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
    const { market } = model;
    const { points, now, label = "profit", isBase = false, isPlain = false } = model.profit();
    this.label = label.toLowerCase();
    this.isPlain = isPlain;
    if (this.market !== market || this.isBase !== isBase) {
      this.market = market;
      this.isBase = isBase;
      this.series.applyOptions({ priceFormat: this.format() });
    }
    this.points = points;
    this.series.setData(points);
    this.chart.timeScale().fitContent();
    this.drawFigure(now);
  }

  drawFigure(now) {
    const figure = byId("profit-figure");
    figure.closest(".panel").toggleAttribute("data-empty", now === null && this.points.length === 0);
    if (now === null) {
      figure.className = "hint";
      setText(figure, this.points.length === 0 ? "no fills yet" : "no price yet");
      return;
    }
    const sign = decimal.sign(now);
    figure.className = this.isPlain ? "figure" : `figure ${sign >= 0 ? "buy" : "sell"}`;
    const text = decimal.fixed(now, this.isBase ? this.market.amount_precision : this.market.price_precision);
    setText(figure, `${sign > 0 && !this.isPlain ? "+" : ""}${text} ${numbers.unit(this.currency())}`);
  }
}
