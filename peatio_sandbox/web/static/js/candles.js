// Candles of one market and period: the exchange's own rows, kept up to date by trades in between.

/** Periods the page offers: k-line's minutes and the names in streams. */
export const PERIODS = [
  { minutes: 1, name: "1m" },
  { minutes: 5, name: "5m" },
  { minutes: 15, name: "15m" },
  { minutes: 60, name: "1h" },
];

export class Candles {
  constructor(minutes) {
    this.step_s = 60 * minutes;
    /** Changes whenever more than the last row did. */
    this.version = 0;
    this.rows = [];
  }

  get last() {
    return this.rows.at(-1);
  }

  /** Take k-line's rows, oldest first: [time in seconds, open, high, low, close, volume]. */
  load(rows) {
    this.rows = rows.map((row) => row.map(Number));
    this.version += 1;
  }

  /** Take one row as the stream tells it; it holds for its whole period so far. */
  takeRow(row) {
    const values = row.map(Number);
    if (this.last === undefined || values[0] > this.last[0]) {
      this.rows.push(values);
    } else if (values[0] === this.last[0]) {
      this.rows[this.rows.length - 1] = values;
    } else if (values[0] === this.rows.at(-2)?.[0]) {
      this.rows[this.rows.length - 2] = values;
      this.version += 1;
    }
  }

  /** Move prices with a trade at once; volumes wait for the exchange's own row, which counts each trade once. */
  takeTrade(price, at_s) {
    const start_s = Math.floor(at_s / this.step_s) * this.step_s;
    if (this.last === undefined || start_s > this.last[0]) {
      this.rows.push([start_s, price, price, price, price, 0]);
    } else if (start_s === this.last[0]) {
      const row = this.last;
      row[2] = Math.max(row[2], price);
      row[3] = Math.min(row[3], price);
      row[4] = price;
    }
  }
}
