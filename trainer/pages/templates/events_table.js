"use strict";
// The table of records: sorted by a click on the head of a column, searched and filtered. Rows are moved and hidden, and
// nothing is made anew. Texts come from the archive: nothing here is ever read as HTML.
{
  const table = document.querySelector(".records");
  const heads = table === null ? [] : [...table.tHead.rows[0].cells];
  const records = table === null ? [] : [...table.tBodies]; // in the order of dates, however the table is sorted
  const controls = document.querySelector("section > .controls");

  const sorting = () => {
    const collator = new Intl.Collator("ar", { numeric: true });
    const keysOf = (column) => {
      const isNumber = heads[column].classList.contains("count");
      return records.map((record) => {
        const cell = record.rows[0].cells[column];
        const key = cell.dataset.key ?? cell.textContent.trim();
        return key !== "" && isNumber ? Number(key) : key;
      });
    };
    const compare = (one, other) => (typeof one === "number" ? one - other : collator.compare(one, other));

    const sort = (column, direction) => {
      const keys = keysOf(column);
      const order = records.map((_, index) => index);
      // What is empty comes last in both directions; equals stay in the order of dates.
      order.sort((one, other) => {
        const missing = (keys[one] === "") - (keys[other] === "");
        return missing || (keys[one] === "" ? 0 : direction * compare(keys[one], keys[other])) || one - other;
      });
      table.append(...order.map((index) => records[index]));
      heads.forEach((head, index) => {
        if (index === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      });
    };

    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      button.disabled = false; // without this script it is the name of a column
      button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1));
    });
  };

  const filtering = () => {
    const [input, type, country] = ["#search", "#type", "#country"].map((id) => document.querySelector(id));
    const told = controls.querySelector("[aria-live]");
    let found = null; // the records with the words that are searched; all, if there are none
    let bar = "";

    const isShown = (record, index) => {
      const cut = type.value.indexOf(" ");
      return (found === null || found.has(index))
        && (bar === "" || record.dataset.bar === bar)
        && (cut < 0 || record.dataset[type.value.slice(0, cut)] === type.value.slice(cut + 1))
        && (country.value === "" || record.dataset.country === country.value);
    };
    const show = () => {
      let shown = 0;
      records.forEach((record, index) => {
        record.hidden = !isShown(record, index);
        shown += !record.hidden;
      });
      told.textContent = `${shown} من ${records.length}`;
    };

    const choose = barsWith((key) => {
      bar = key;
      show();
    });
    for (const choice of [type, country]) choice.addEventListener("change", show);

    const names = new Intl.DisplayNames(["ar"], { type: "region", fallback: "none" });
    for (const option of [...country.options].slice(1)) {
      // Gazetteers may have other codes than those of countries, which are refused.
      const name = /^[A-Z]{2}$/.test(option.value) && names.of(option.value);
      if (name) option.textContent = `${name} ${option.value} (${option.dataset.count})`;
    }

    // Of the sentences the text alone, without the labels in it: they would cut words, and be found everywhere.
    const textOf = (index) => {
      const [cells, more] = records[index].rows;
      const sentences = [...more.querySelectorAll(".sentence")].map((sentence) => {
        const copy = sentence.cloneNode(true);
        for (const tag of copy.querySelectorAll(".tag")) tag.remove();
        return copy.textContent;
      });
      return [...[...cells.cells].map((cell) => cell.textContent), ...sentences].join("\n");
    };
    // How many are shown depends on the other filters, too, and is told above. The field may have been emptied since
    // the search for what was in it began.
    searchWith(input, document.createElement("span"), records.length, textOf, (indexes) => {
      found = input.value === "" ? null : new Set(indexes);
      show();
    });

    const all = () => {
      input.value = type.value = country.value = "";
      found = null;
      choose("");
    };
    controls.querySelector(".all").addEventListener("click", all);
    controls.querySelector(".open").addEventListener("click", () => {
      const details = records.filter((record) => !record.hidden).map((record) => record.querySelector("details"));
      const open = details.some((one) => !one.open);
      for (const one of details) one.open = open;
    });

    // A link to a record opens it, whatever is filtered.
    const follow = (hash) => {
      const record = /^#r\d+$/.test(hash) ? document.querySelector(hash) : null;
      if (record === null) return;
      if (record.hidden) all();
      record.querySelector("details").open = true;
      record.scrollIntoView();
      // Records that come into view get their true heights only now.
      requestAnimationFrame(() => requestAnimationFrame(() => record.scrollIntoView()));
    };
    window.addEventListener("hashchange", () => follow(location.hash));
    // A link that is followed again changes no address.
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#r"]');
      if (link !== null && link.hash === location.hash) follow(link.hash);
    });
    follow(location.hash);
  };

  if (records.length) {
    sorting();
    filtering();
  }
}
