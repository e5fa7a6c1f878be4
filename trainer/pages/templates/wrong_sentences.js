"use strict";
// The filters of the wrong sentences. Without this script every sentence is visible and no filter is.
for (const form of document.querySelectorAll("form[data-list]")) {
  // Read once: a filter then is one pass over plain values, and only sentences that change are touched.
  const records = Array.from(document.getElementById(form.dataset.list).children, (element) => ({
    element,
    run: element.dataset.run,
    article: element.dataset.article,
    errors: element.dataset.errors.split(" ").map((error) => {
      const [layer, kinds, types] = error.split(":");
      return { layer, kinds: kinds.split("+"), types: types.split("+").map((type) => layer + ":" + type) };
    }),
  }));
  const count = form.querySelector("output");
  const type = form.elements.namedItem("type");

  // Types of another layer than the chosen one cannot be chosen.
  const offerTypes = (layer) => {
    for (const group of type.querySelectorAll("optgroup")) group.disabled = layer !== "" && group.dataset.layer !== layer;
    if (type.selectedOptions[0].closest("optgroup:disabled")) type.value = "";
  };

  const apply = () => {
    offerTypes(form.elements.namedItem("layer").value);
    const chosen = new FormData(form);
    const [run, layer, label, article] = ["run", "layer", "type", "article"].map((name) => chosen.get(name) || "");
    const kinds = new Set(chosen.getAll("kind"));
    let visible = 0;
    for (const record of records) {
      const fits =
        (run === "" || record.run === run) &&
        (article === "" || record.article === article) &&
        // One and the same error has to be of the layer, the type and the kind.
        record.errors.some(
          (error) =>
            (layer === "" || error.layer === layer) &&
            (label === "" || error.types.includes(label)) &&
            error.kinds.some((kind) => kinds.has(kind)),
        );
      visible += fits;
      if (record.element.hidden === fits) record.element.hidden = !fits;
    }
    count.textContent = `الظاهر ${visible} من ${records.length} من الجمل`;
  };

  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields have their first values only after the event.
  form.addEventListener("reset", () => setTimeout(apply));
  form.hidden = false;
  apply();
}
