// Follows the bots: asks the local server every second, which costs no exchange anything.

import { CourseFeed } from "./course_feed.js";
import { readBots } from "./watch_place.js";

const LOOK_MS = 1000;

export class BotFeed {
  /** @param {object} view the one that is shown */
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.lastHappening = null;
    model.bots = [];
    model.bot = null;
    this.course = new CourseFeed(model, view);
  }

  async look() {
    try {
      this.take(await readBots());
      await this.course.look();
      this.setReachable(true);
    } catch (error) {
      if (error.status === undefined) {
        throw error;
      }
      this.setReachable(false, error.status);
    }
  }

  follow() {
    this.look().finally(() => setTimeout(() => this.follow(), LOOK_MS));
  }

  take(bots) {
    const { model } = this;
    model.bots = bots;
    model.bot = bots.find(({ name }) => name === this.view.bot) ?? null;
    this.takeHappenings(model.bot?.happenings ?? []);
    model.changed("bots", "account");
  }

  /** What happened since the last look; at the first one, all that is known. A server that was started again begins at 1. */
  takeHappenings(happenings) {
    const last = happenings.at(-1)?.n ?? 0;
    const known = this.lastHappening === null || last < this.lastHappening ? 0 : this.lastHappening;
    for (const { at_s, text } of happenings.filter(({ n }) => n > known)) {
      this.model.note(text, at_s);
    }
    this.lastHappening = last;
  }

  setReachable(isReachable, status) {
    this.model.isReachable = isReachable;
    if (status === 401) {
      location.reload(); // the session has ended: the page of the login comes
    }
    this.model.changed("bots");
  }
}
