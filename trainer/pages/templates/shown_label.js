"use strict";
// Shows the labels of one table, or one label alone. Without JavaScript all are shown, and there is no choice.
{
  const choice = document.getElementById("shown-label");
  const labels = Array.from(document.querySelectorAll("[data-table]"));
  const show = () => {
    for (const label of labels) {
      label.hidden = choice.value !== "" && choice.value !== label.id && choice.value !== label.dataset.table;
    }
  };
  // A link to a label that is not shown would lead nowhere.
  const follow = (hash) => {
    const target = document.getElementById(hash.slice(1));
    if (target !== null && target.hidden) {
      choice.value = "";
      show();
      target.scrollIntoView();
    }
  };
  if (choice !== null) {
    choice.closest(".controls").hidden = false;
    choice.addEventListener("change", show);
    window.addEventListener("hashchange", () => follow(location.hash));
    // A link that is followed again changes no address.
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      if (link !== null) follow(link.hash);
    });
    // A browser that goes back to the page keeps what was chosen.
    show();
    follow(location.hash);
  }
}
