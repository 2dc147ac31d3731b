// Stands before Material's search worker, so that a page loads without the search index: index and engine are fetched
// when the first query comes. The stock worker's file name is this worker's query string (overrides/main.html).
//
// What lunr is asked (query.js) and which sections are shown in which order (rank.js) is ours; lunr marks the words in them
// and completes a half-typed one. Left alone it takes every word as optional and as the beginning of any other, reads -100
// as "without 100", throws on torch.Size([5, 768]), and ranks by a sum in which a common word, matched often, outweighs a
// whole pasted message.
//
// Messages of the page and of the stock worker: 0 setup, 1 ready, 2 query, 3 result.
const SETUP = 0, READY = 1, QUERY = 2, RESULT = 3;
const MOST = 24; // words that lunr is asked for, the rarest
const answerPage = self.postMessage.bind(self);

let setup = null; // what the page sent: configuration, options, and the stub instead of the index
let engine = null; // promise of {terms, scores, grouped, index, docs}, once the stock worker holds the whole index
let answered = null; // called with the stock worker's next answer
let turn = Promise.resolve(); // queries are put one at a time
let latest = null; // what was typed last: a query that another has overtaken is not put

// Put a message to the stock worker, which listens for "message" events and answers through self.postMessage.
function ask(message) {
  return new Promise((resolve) => {
    answered = resolve;
    self.dispatchEvent(new MessageEvent("message", { data: message }));
  });
}

async function start() {
  const [answer, { terms }, { read, scores, grouped }] = await Promise.all([
    fetch(new URL("../../search/index.json", self.location)),
    import(new URL("query.js", self.location)),
    import(new URL("rank.js", self.location)),
  ]);
  if (!answer.ok) throw new Error(`search/index.json: ${answer.status}`);
  const { docs } = await answer.json();
  const index = read(docs);
  self.postMessage = (message) => answered(message);
  importScripts(new URL(`../javascripts/workers/${self.location.search.slice(1)}`, self.location));
  await ask({ type: SETUP, data: { ...setup, docs } });
  return { terms, scores, grouped, index, docs: new Map(docs.map((doc) => [doc.location, doc])) };
}

// What lunr is asked: what the words of the query begin with, the rarest of them.
function put(found, { known, begins }) {
  const words = [...new Set(found.flatMap(({ forms }) => forms))].sort((one, other) => known.get(one) - known.get(other));
  return [...new Set(words.slice(0, MOST).map((word) => begins.get(word) ?? word))];
}

async function search(query) {
  if (query !== latest) return;
  try {
    engine ??= start();
    const { terms, scores, grouped, index, docs } = await engine;
    if (query !== latest) return;
    const found = terms(query, index.known);
    if (!found.length) return answerPage({ type: RESULT, data: { items: [], query } });
    const asked = put(found, index);
    const { data } = await ask({ type: QUERY, data: asked.join(" ") });
    const marked = new Map(data.items.flat().map((one) => [one.location, one]));
    answerPage({ type: RESULT, data: { ...data, items: grouped(scores(found, index), docs, marked, asked), query } });
  } catch {
    engine = null; // the index was out of reach: the next key asks for it again
    answerPage({ type: RESULT, data: { items: [], query } });
  }
}

self.addEventListener("message", (event) => {
  if (!event.isTrusted) return; // one that `ask` sent to the stock worker
  event.stopImmediatePropagation();
  const { type, data } = event.data;
  if (type === SETUP) {
    setup = data;
    answerPage({ type: READY });
  } else if (type === QUERY) {
    latest = data;
    if (data.trim()) turn = turn.then(() => search(data));
    else answerPage({ type: RESULT, data: { items: [], query: data } });
  }
});
