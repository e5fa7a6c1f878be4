"use strict";

/**
 * Make the bars of the timeline, and the numbers beside it, choose what is shown: `show(key)` is called with the key of
 * the chosen bar, with "" for all. Returns a function that chooses by key.
 *
 * The tab key reaches one bar of the drawing; the arrows lead to the others, Enter and the space bar choose.
 */
function barsWith(show) {
  const bars = [...document.querySelectorAll(".bar[data-bar]")];
  const drawn = bars.filter((bar) => bar.localName === "g");
  let chosen = "";

  const choose = (key) => {
    chosen = key;
    for (const bar of bars) bar.setAttribute("aria-pressed", String(bar.dataset.bar === key));
    show(key);
  };

  const reach = (reached) => {
    for (const bar of drawn) bar.setAttribute("tabindex", bar === reached ? "0" : "-1");
  };

  // Time runs from right to left.
  const steps = { ArrowLeft: 1, ArrowRight: -1, Home: -Infinity, End: Infinity };
  const press = (event) => {
    const bar = event.currentTarget;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(chosen === bar.dataset.bar ? "" : bar.dataset.bar);
    } else if (event.key in steps) {
      event.preventDefault();
      const place = drawn.indexOf(bar) + steps[event.key];
      const next = drawn[Math.min(Math.max(place, 0), drawn.length - 1)];
      reach(next);
      next.focus();
    }
  };

  for (const bar of bars) {
    bar.addEventListener("click", () => choose(chosen === bar.dataset.bar ? "" : bar.dataset.bar));
    bar.setAttribute("aria-pressed", "false");
    bar.disabled = false; // without this script the buttons are numbers alone
  }
  for (const bar of drawn) {
    bar.setAttribute("role", "button");
    bar.setAttribute("aria-label", bar.querySelector("title").textContent);
    bar.addEventListener("keydown", press);
    bar.addEventListener("click", () => reach(bar));
  }
  reach(drawn[0]);
  return choose;
}
