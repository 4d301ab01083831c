// Candles of one market and period: the exchange's own rows, kept up to date by trades in between.

/** Periods the page offers: k-line's minutes and the names in streams. */
export const PERIODS = [
  { minutes: 1, name: "1m" },
  { minutes: 5, name: "5m" },
  { minutes: 15, name: "15m" },
  { minutes: 60, name: "1h" },
  { minutes: 240, name: "4h" },
  { minutes: 1440, name: "1d" },
];

export class Candles {
  constructor(minutes) {
    this.step_s = 60 * minutes;
    /** Changes whenever more than the last row did. */
    this.version = 0;
    /** By rising time: [time in seconds, open, high, low, close, volume]. */
    this.rows = [];
    /** Whether the exchange has none before the first. */
    this.isComplete = false;
  }

  get last() {
    return this.rows.at(-1);
  }

  /** Rows from a time on. */
  since(at_s) {
    const index = this.rows.findLastIndex((row) => row[0] < at_s);
    return this.rows.slice(index + 1);
  }

  /** The beginning of the period a fill is in. */
  startOf({ at_s }) {
    return Math.floor(at_s / this.step_s) * this.step_s;
  }

  /**
   * Take k-line's latest rows, oldest first. At a period's turn Peatio writes the last ones without their trades for a
   * second or two (docs/protocol.md section 6): what trades have shown already is kept then.
   */
  load(rows) {
    const loaded = rows.map((row) => row.map(Number));
    const known = new Map(this.rows.map((row) => [row[0], row]));
    const merged = loaded.map((row) => (row[5] === 0 && known.get(row[0])?.[5] > 0 ? known.get(row[0]) : row));
    const [first_s, last_s] = [loaded[0]?.[0] ?? Infinity, loaded.at(-1)?.[0] ?? -Infinity];
    const earlier = this.rows.filter(([at_s]) => at_s < first_s);
    const later = this.rows.filter(([at_s]) => at_s > last_s);
    this.rows = [...earlier, ...merged, ...later];
    this.version += 1;
  }

  /** Take k-line's rows from before the first. None: there are no more. */
  loadOlder(rows) {
    const first_s = this.rows[0]?.[0] ?? Infinity;
    const older = rows.map((row) => row.map(Number)).filter(([at_s]) => at_s < first_s);
    if (older.length === 0) {
      this.isComplete = true;
    } else {
      this.rows = [...older, ...this.rows];
      this.version += 1;
    }
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
