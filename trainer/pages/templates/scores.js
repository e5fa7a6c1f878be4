"use strict";
// Scores are in the page all the time; the style sheet shows them where <main> asks for it.
{
  const box = document.querySelector("#show-scores");
  if (box) {
    const update = () => document.querySelector("main").toggleAttribute("data-scores", box.checked);
    box.addEventListener("change", update);
    update(); // a browser may keep the box checked when the page is loaded again
  }
}
