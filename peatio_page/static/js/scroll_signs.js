// Says of everything that scrolls whether there is more below or to the right: scroll bars hide on many machines.

export function watchScrolling() {
  for (const element of document.querySelectorAll(".scroll")) {
    const look = () => {
      const isMore = {
        below: element.scrollTop + element.clientHeight < element.scrollHeight - 1,
        right: element.scrollLeft + element.clientWidth < element.scrollWidth - 1,
      };
      element.dataset.more = Object.keys(isMore).filter((where) => isMore[where]).join(" ");
    };
    element.addEventListener("scroll", look, { passive: true });
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    sizes.observe(element.firstElementChild);
  }
}
