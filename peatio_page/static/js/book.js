// One market's order book, from snapshots and increments (docs/protocol.md section 5).

const SIDES = ["asks", "bids"];

/**
 * Follows the sequence: every increment is the one after the last, or the book is broken and waits for a snapshot.
 * A broken book keeps its levels, so that one can look at them; `isSound` says whether they are to be believed.
 */
export class Book {
  constructor() {
    this.isSound = false;
    this.reason = "no snapshot yet";
    this.sequence = null;
    this.breaks = 0;
    this.clear();
  }

  clear() {
    this.levels = { asks: new Map(), bids: new Map() };
  }

  snapshot(payload) {
    this.clear();
    for (const side of SIDES) {
      for (const [price, amount] of payload[side] ?? []) {
        this.set(side, price, amount);
      }
    }
    this.sequence = payload.sequence;
    this.isSound = true;
    this.reason = "";
  }

  /** Take an increment; false says that the book has just broken and a snapshot is to be asked for. */
  increment(payload) {
    if (!this.isSound) {
      return true;
    }
    if (payload.sequence !== this.sequence + 1) {
      this.invalidate(`sequence went from ${this.sequence} to ${payload.sequence}`);
      return false;
    }
    this.sequence = payload.sequence;
    for (const side of SIDES) {
      for (const [price, amount] of pairs(payload[side])) {
        this.set(side, price, amount);
      }
    }
    return true;
  }

  /** Take the database's depth, which has no sequence, where the stream gives no book. */
  depth(payload) {
    this.snapshot({ ...payload, sequence: null });
    this.isSound = false;
    this.reason = "from REST depth";
  }

  invalidate(reason) {
    this.breaks += this.isSound ? 1 : 0;
    this.isSound = false;
    this.reason = reason;
  }

  set(side, price, amount) {
    if (amount === null || Number(amount) === 0) {
      this.levels[side].delete(price);
    } else {
      this.levels[side].set(price, amount);
    }
  }

  /** The levels of a side as [price, amount] texts, best first. Floats are exact enough to sort prices by. */
  sorted(side) {
    const direction = side === "asks" ? 1 : -1;
    return [...this.levels[side]].sort(([a], [b]) => direction * (Number(a) - Number(b)));
  }

  /** Best bid and best ask as texts, null where a side is empty. */
  best() {
    return { bid: this.sorted("bids")[0]?.[0] ?? null, ask: this.sorted("asks")[0]?.[0] ?? null };
  }
}

/** One flat pair, a list of pairs or nothing: Peatio sends the first, forks send all of them. */
function pairs(levels) {
  if (!levels || levels.length === 0) {
    return [];
  }
  return Array.isArray(levels[0]) ? levels : [levels];
}
