"use strict";
// The search over the texts of this page: it hides the documents, and their links, that lack a word.
{
  const articles = [...document.querySelectorAll("main > article")];
  const links = [...document.querySelectorAll(".documents li")];

  /** The id, the metadata and the text, without the labels in it: they would cut words, and be found everywhere. */
  const textOf = (index) => {
    const parts = [];
    for (const part of articles[index].querySelectorAll("h2, dd, .sentence")) {
      if (part.closest(".events")) continue;
      const nodes = document.createTreeWalker(part, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
        if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
        return node.matches(".tag, .type") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
      });
      while (nodes.nextNode()) parts.push(nodes.currentNode.data);
      parts.push("\n");
    }
    return parts.join("");
  };

  const show = (found) => {
    const wanted = new Set(found);
    articles.forEach((article, index) => {
      article.hidden = links[index].hidden = !wanted.has(index);
    });
  };

  searchWith(
    document.querySelector("#search"), document.querySelector(".documents [aria-live]"), articles.length, textOf, show
  );
}
