// What counts as a word, in a query and in a section alike. Pure functions.

function stems(list) {
  return new Set(list.split(/\s+/).map(stem));
}

// The, of, how: they say nothing about where an answer stands. "no", "not", "only" and "than" do.
const SMALL = stems(
  `a about after all also am an and any are as at be because been before being between but by can cannot could did
  difference do does doing done for from get gets getting give gives got had has have having he her here his how i
  if in into is isn it its just ll me my of on or our out please s she should so some still such t that the their
  them then there these they this to too us use used using ve versus very vs was we were what when where which while
  who why will with would you your`,
);

// What people put around a question: whom they ask, that something fails, in which notebook.
const AROUND = stems(
  `argument best bug chapter code correct correctly course difficult doesn don error errors example examples exist face find
  fine function good help hf hugging huggingface issue issues know library like make mistake need new part possible problem
  properly python question right script section show someone something trying try understand want way without work working
  works wrong`,
);

export const isAround = (word) => AROUND.has(word);
export const isSmall = (word) => SMALL.has(word);

const ENTITIES = { "&lt;": " ", "&gt;": " ", "&amp;": " ", "&quot;": " ", "&#39;": "'" };

// The text of a section without its tags.
export const plain = (html) => html.replace(/<[^>]*>/g, " ").replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity]);

// One spelling and one ending: tokeniser and tokenizers are tokenizer, labelled and labels are label. Not linguistics:
// what counts is that both sides are cut alike.
export function stem(word) {
  if (word.length < 4 || /\d/.test(word)) return word;
  let cut = word.replace(/is(e[drs]?|ers?|ing|ations?)$/, "iz$1").replace(/our(s|ed|ing)?$/, "or$1");
  cut = cut.replace(/(?<=[^su])s$/, "").replace(/ie$/, "y");
  cut = cut.replace(/(?<=[a-z]{3})(?:ing|ed)$/, "").replace(/([bdglmnprt])\1$/, "$1");
  return cut.replace(/(?<=[a-z]{3})e$/, "");
}

// DataCollatorForSeq2Seq: data, collator, for, seq2seq; eval_strategy: eval, strategy.
const pieces = (name) => name.split(/_+|(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])/).filter(Boolean);

// The words of a text in order. Each is a list of forms: the word, then, for a compound, its pieces.
//   "Fine-tuning with eval_strategy" -> [["fine"], ["tun"], ["finetun"], ["with"], ["eval_strategy", "eval", "strategy"]]
export function words(text) {
  const found = [];
  for (const [chunk] of text.normalize("NFKC").matchAll(/[\p{L}\p{N}_]+(?:[.\-'’‑][\p{L}\p{N}_]+)*/gu)) {
    const parts = /^\d+[.\d]*$/.test(chunk) ? [chunk] : chunk.split(/[.\-'’‑]/);
    for (const part of parts) {
      const inside = pieces(part);
      const forms = [stem(part.toLowerCase())];
      if (inside.length > 1) forms.push(...inside.map((piece) => stem(piece.toLowerCase())));
      found.push(forms);
    }
    // fine-tune is also written finetune.
    if (/^\p{L}+[-‑]\p{L}+$/u.test(chunk)) found.push([stem(parts.join("").toLowerCase())]);
  }
  return found;
}
