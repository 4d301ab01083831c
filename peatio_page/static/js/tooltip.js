// A box beside the pointer that says what a chart shows there. Arrow keys move through a chart that has the focus.

import { make } from "./dom.js";

const GAP = 14;

export class Tooltip {
  /** @param {HTMLElement} around the box is put into it and stays inside of it */
  constructor(around) {
    this.around = around;
    this.box = make("dl", "tooltip");
    this.box.setAttribute("role", "status");
    this.box.hidden = true;
    around.classList.add("has-tooltip");
    around.append(this.box);
  }

  /**
   * Say something beside a point.
   *
   * @param {string[][]} lines [name, value, perhaps a class of the value]
   * @param {number} x in pixels from the left of `around`
   * @param {number} y from its top
   */
  show(lines, x, y) {
    this.box.replaceChildren(
      ...lines.flatMap(([name, value, className = ""]) => [make("dt", "", name), make("dd", className, value)]),
    );
    this.box.hidden = false;
    const [width, height] = [this.box.offsetWidth, this.box.offsetHeight];
    const { clientWidth, clientHeight } = this.around;
    const left = x + GAP + width <= clientWidth ? x + GAP : x - GAP - width;
    this.box.style.left = `${Math.max(0, Math.min(left, clientWidth - width))}px`;
    this.box.style.top = `${Math.max(0, Math.min(y + GAP, clientHeight - height))}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}

/**
 * Let the arrow keys choose one of a chart's things.
 *
 * @param {HTMLElement} element gets the focus
 * @param {object} chart count() things there are; last() the one to begin with; choose(index); leave()
 */
export function useArrowKeys(element, { count, last, choose, leave }) {
  let index = null;
  element.tabIndex = 0;
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") {
      index = null;
      leave();
    } else if (step !== undefined && count() > 0) {
      event.preventDefault();
      index = index === null ? last() : Math.max(0, Math.min(count() - 1, index + step));
      choose(index);
    }
  });
  element.addEventListener("blur", () => {
    index = null;
    leave();
  });
}
