"use strict";
// The search over the documents of all pages: it lists those that have all the words in their ids and titles.
{
  const MOST_SHOWN = 200;
  const list = document.querySelector(".found");
  const documents = JSON.parse(document.querySelector("#listed").textContent).flatMap((page) =>
    page.documents.map(([id, headline, entities, events], index) => ({
      id, headline, entities, events, address: `${page.address}#d${index + 1}`,
    }))
  );

  // Titles come from the archive: they are put in as text, never as HTML.
  const line = ({ id, headline, entities, events, address }) => {
    const [item, link, name, counts] = ["li", "a", "bdi", "span"].map((tag) => document.createElement(tag));
    link.href = address;
    link.textContent = headline || id;
    name.textContent = id;
    counts.className = "meta";
    counts.append(name, ` · الكيانات ${entities} · الأحداث ${events}`);
    item.append(link, " ", counts);
    return item;
  };

  const show = (found, searched) => {
    const lines = searched ? found.slice(0, MOST_SHOWN).map((index) => line(documents[index])) : [];
    if (searched && found.length > MOST_SHOWN) {
      const rest = document.createElement("li");
      rest.textContent = `تظهر أول ${MOST_SHOWN} نتيجة فقط؛ أضف كلمة إلى البحث.`;
      lines.push(rest);
    }
    list.replaceChildren(...lines);
  };

  searchWith(
    document.querySelector("#search"),
    document.querySelector(".controls [aria-live]"),
    documents.length,
    (index) => `${documents[index].id}\n${documents[index].headline}`,
    show
  );
}
