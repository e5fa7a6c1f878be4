"use strict";

// Marks on letters, tatweel, and what nobody sees: a reader types none of them.
const UNWRITTEN = /[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200b-\u200f\u2060\ufeff]/g;
const ONE_LETTER = { "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه" };

/** Return a text as it is compared: without diacritics, with one form for letters that are written in several. */
function folded(text) {
  return text.normalize("NFKC").replace(UNWRITTEN, "").replace(/[أإآٱىة]/g, (letter) => ONE_LETTER[letter]).toLowerCase();
}

/**
 * Make `input` search `count` texts: `textOf(index)` gives one, `show(found, searched)` takes the indexes of those that
 * hold all words, and whether there was a word. `told` is the live region that says how many.
 *
 * Texts are folded once, when the first word is typed, and a few at a time, so that typing is never held up.
 */
function searchWith(input, told, count, textOf, show) {
  const texts = [];
  let latest = 0;
  let timer;

  const search = async () => {
    const mine = ++latest;
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    while (words.length && texts.length < count) {
      const pause = performance.now() + 15;
      while (texts.length < count && performance.now() < pause) texts.push(folded(textOf(texts.length)));
      await new Promise((done) => setTimeout(done));
      if (mine !== latest) return; // something else was typed meanwhile
    }
    const found = [];
    for (let index = 0; index < count; index++) {
      if (words.every((word) => texts[index].includes(word))) found.push(index);
    }
    show(found, words.length > 0);
    told.textContent = `${found.length} من ${count}`;
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  input.closest(".controls").hidden = false;
  search(); // a browser may keep what was typed when the page is loaded again
}
