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
  answerPage(await ask({ type: QUERY, data: clean(query) }));
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
