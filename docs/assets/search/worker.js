// Stands before Material's search worker, so that a page loads without the search index: index and engine are fetched
// when the first query comes. The stock worker's file name is this worker's query string (overrides/main.html).
//
// Messages of the page and of the stock worker: 0 setup, 1 ready, 2 query, 3 result.
const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3;
const answerPage = self.postMessage.bind(self);

let setup = null; // what the page sent: configuration, options, and the stub instead of the index
let engine = null; // promise of the stock worker, fed with the whole index
let answered = null; // called with the stock worker's next answer
let turn = Promise.resolve(); // queries are put one at a time

// lunr reads a leading - or + as "without" and "must have": -100 would find every section without 100.
function clean(query) {
  return query.replace(/(^|\s)["']?[-+]+(?=[\w.])/g, "$1");
}

// The stock worker groups sections under their page and shows the first of each group. It ranks by score alone, where one
// common word, matched often, outweighs a whole pasted message: here the section that holds most words of the query
// leads its page, and its page the list; the score decides between equals. The page's own entry (title, tags, lead) comes
// after a section that holds as many words, or the page would fold it away.
function byWordsFound(groups) {
  const found = (section) => Object.values(section.terms).filter(Boolean).length;
  const isSection = (one) => one.location.includes("#");
  const better = (a, b) => found(b) - found(a) || isSection(b) - isSection(a) || b.score - a.score;
  // The page folds what scores less than the first of a group: up to three that hold as many words stay in sight.
  const unfold = (one, at, [first]) => (at < 3 && found(one) === found(first) ? { ...one, score: first.score } : one);
  const ranked = groups.map((sections) => sections.sort(better)).sort(([a], [b]) => better(a, b));
  return ranked.map((sections) => sections.map(unfold));
}

// Put a message to the stock worker, which listens for "message" events and answers through self.postMessage.
function ask(message) {
  return new Promise((resolve) => {
    answered = resolve;
    self.dispatchEvent(new MessageEvent("message", { data: message }));
  });
}

async function start() {
  const answer = await fetch(new URL("../../search/index.json", self.location));
  if (!answer.ok) throw new Error(`search/index.json: ${answer.status}`);
  const index = await answer.json();
  self.postMessage = (message) => answered(message);
  importScripts(new URL(`../javascripts/workers/${self.location.search.slice(1)}`, self.location));
  await ask({ type: SETUP, data: { ...setup, docs: index.docs } });
}

async function search(query) {
  try {
    engine ??= start();
    await engine;
  } catch {
    engine = null; // the index was out of reach: the next key asks for it again
    answerPage({ type: RESULT, data: { items: [] } });
    return;
  }
  const { type, data } = await ask({ type: QUERY, data: clean(query) });
  answerPage({ type, data: { ...data, items: byWordsFound(data.items) } });
}

self.addEventListener("message", (event) => {
  if (!event.isTrusted) return; // one that `ask` sent to the stock worker
  event.stopImmediatePropagation();
  const { type, data } = event.data;
  if (type === SETUP) {
    setup = data;
    answerPage({ type: READY });
  } else if (type === QUERY && data.trim()) {
    turn = turn.then(() => search(data));
  } else {
    answerPage({ type: RESULT, data: { items: [] } });
  }
});
