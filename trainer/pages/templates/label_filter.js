"use strict";
// The legend's buttons hide and show the spans of a label. Which are hidden stands on <main>, and the style sheet does
// the rest: however many spans a page has, a click changes the button and one attribute.
{
  const main = document.querySelector("main");
  const buttons = [...document.querySelectorAll(".legend button[data-key]")];
  const isShown = (button) => button.getAttribute("aria-pressed") === "true";

  const show = (changed, shown) => {
    for (const button of changed) button.setAttribute("aria-pressed", String(shown));
    main.dataset.hidden = buttons.filter((button) => !isShown(button)).map((button) => button.dataset.key).join(" ");
  };

  for (const button of buttons) {
    // Without this script the legend is nothing to click.
    button.disabled = false;
    button.addEventListener("click", () => show([button], !isShown(button)));
  }
  for (const controls of document.querySelectorAll(".legends .controls")) {
    controls.hidden = false;
    controls.querySelector(".all").addEventListener("click", () => show(buttons, true));
    controls.querySelector(".none").addEventListener("click", () => show(buttons, false));
  }
}
