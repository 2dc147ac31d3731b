// Which sections answer a query, and in what order. Pure functions over the documents of the search index.
//
// The score is BM25F (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009): a word
// counts by its rarity and its field, and less each time it comes again. Added for pasted messages: words that stand in
// the section in the order of the query count again, and a section is worth the share of the query that it holds.
import { isSmall, plain, words } from "./words.js";

// A title says what a section is about, `also` its other names (docs/search.toml), `said` how people ask for it in their
// own words (docs/phrases.toml); the page's title and tags say it for all its sections.
const FIELDS = { title: 3, also: 2.5, said: 1.5, page: 0.8, tags: 0.8, text: 1 };
const LENGTH = { title: 0.4, also: 0.2, said: 0.2, page: 0.4, tags: 0.2, text: 0.7 }; // how much a long field weighs less, 0 to 1
const PAGE = { title: 1.5, tags: 1.5 }; // a page's own entry answers by its title and its tags
const SATURATION = 2;
const ORDER = 0.6; // a pair of words in the query's order, against the rarity of its more frequent word
const SUBJECT = 0.5; // a title that is the query, against one that is not
const LOOKED_AT = 80; // sections whose order of words is compared
const SHOWN = 40; // sections in the list
const IN_SIGHT = 3; // sections of one page that are shown unfolded, when they are
const NEARLY = 0.85; // as good as the first

// Each form of each word once per place, counted.
function counted(found) {
  const counts = new Map();
  for (const forms of found) for (const form of new Set(forms)) counts.set(form, (counts.get(form) ?? 0) + 1);
  return counts;
}

const shared = (one, other) => {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return one.slice(0, at);
};

// The index read once: sections by address, and for each word the number of sections that hold it (`known`) and what its
// spellings begin with (`begins`), by which lunr finds it.
export function read(docs) {
  const pages = new Map(docs.filter((doc) => !doc.location.includes("#")).map((doc) => [doc.location, doc]));
  const sections = new Map();
  const [known, begins, lengths] = [new Map(), new Map(), {}];
  for (const doc of docs) {
    const page = pages.get(doc.location.split("#")[0]);
    const isPage = page === doc;
    const texts = {
      title: plain(doc.title),
      also: (doc.also ?? []).join(" . "),
      said: (doc.said ?? []).join(" . "),
      page: isPage ? "" : plain(page?.title ?? ""),
      tags: (page?.tags ?? []).join(" . "),
      text: plain(doc.text),
    };
    const counts = {};
    for (const [field, text] of Object.entries(texts)) {
      const found = words(text);
      counts[field] = { counts: counted(found), length: found.length };
      (lengths[field] ??= []).push(found.length);
    }
    // What a section has from its page is no sign that the word is common.
    const own = new Set(["title", "also", "said", "text"].flatMap((field) => [...counts[field].counts.keys()]));
    for (const word of isPage ? [...own, ...counts.tags.counts.keys()] : own) known.set(word, (known.get(word) ?? 0) + 1);
    for (const [spelled] of Object.values(texts).join(" ").matchAll(/[\p{L}\p{N}_]+/gu)) {
      const lower = spelled.toLowerCase();
      const [forms] = words(spelled);
      if (forms) begins.set(forms[0], begins.has(forms[0]) ? shared(begins.get(forms[0]), lower) : lower);
    }
    // "Perplexity: how surprised a language model is" is about perplexity.
    const subject = words(texts.title.split(":")[0]).map(([word]) => word).filter((word) => !isSmall(word));
    sections.set(doc.location, { texts, counts, isPage, subject, boost: doc.boost ?? 1 });
  }
  const usual = Object.fromEntries(
    Object.entries(lengths).map(([field, all]) => [field, all.reduce((sum, one) => sum + one, 0) / all.filter(Boolean).length || 1]),
  );
  return { sections, known, begins, usual };
}

const rarity = ({ forms }, { known, sections }) => {
  const holding = Math.max(...forms.map((form) => known.get(form) ?? 0));
  return Math.log(1 + (sections.size - holding + 0.5) / (holding + 0.5));
};

// How much of a term a section holds, 0 to 1.
function held({ forms }, section, usual) {
  let amount = 0;
  for (const [field, weight] of Object.entries(FIELDS)) {
    const { counts, length } = section.counts[field];
    const times = forms.reduce((sum, form) => sum + (counts.get(form) ?? 0), 0);
    const scale = section.isPage ? (PAGE[field] ?? 1) : 1;
    if (times) amount += (scale * weight * times) / (1 + LENGTH[field] * (length / usual[field] - 1));
  }
  return amount / (amount + SATURATION);
}

// Neighboring words of a section, "stride overlap"; read when it is first compared, and kept.
function neighbors(section) {
  if (section.pairs) return section.pairs;
  section.pairs = new Set();
  for (const field of ["title", "text"]) {
    const telling = words(section.texts[field]).filter(([word]) => !isSmall(word));
    telling.forEach((forms, at) => {
      for (const next of telling[at + 1] ?? []) for (const form of forms) section.pairs.add(`${form} ${next}`);
    });
  }
  return section.pairs;
}

// What the query's neighboring words that are neighbors in the section too are worth: each pair its more frequent word.
function inOrder(query, section) {
  const pairs = neighbors(section);
  let sum = 0;
  for (let at = 1; at < query.length; at++) {
    const [one, other] = [query[at - 1], query[at]];
    const met = one.forms.some((form) => other.forms.some((next) => pairs.has(`${form} ${next}`)));
    if (met) sum += Math.min(one.rarity, other.rarity);
  }
  return sum;
}

// How much of the query is the subject of a section: nothing unless the whole subject is asked for.
function asked(query, subject) {
  const met = query.filter(({ forms }) => forms.some((form) => subject.includes(form)));
  const whole = subject.every((word) => met.some(({ forms }) => forms.includes(word)));
  return subject.length && whole ? met.reduce((sum, term) => sum + term.rarity, 0) : 0;
}

// The score of each section for the terms of a query: a Map from address to number.
export function scores(terms, index) {
  const query = terms.map((term) => ({ ...term, rarity: term.weight * rarity(term, index) }));
  const whole = query.reduce((sum, term) => sum + term.rarity, 0) || 1;
  const found = [];
  for (const [location, section] of index.sections) {
    let [score, share] = [0, 0];
    for (const term of query) {
      const amount = held(term, section, index.usual);
      score += term.rarity * amount;
      if (amount) share += term.rarity;
    }
    if (!score) continue;
    score *= 1 + SUBJECT * (asked(query, section.subject) / whole);
    found.push({ location, section, score, share: share / whole });
  }
  found.sort((one, other) => other.score * other.share - one.score * one.share);
  const best = found.slice(0, LOOKED_AT);
  for (const one of best) one.score += ORDER * inOrder(query, one.section);
  return new Map(found.map(({ location, section, score, share }) => [location, score * share * section.boost]));
}

// An entry as the page shows it. `terms` travel to the page that is opened, which marks them (?h=). lunr's own would be the
// words that it completed for itself, listed as "missing" where they are not met: ours are what was asked.
function shown(location, docs, marked, asked) {
  return { ...(marked.get(location) ?? docs.get(location)), terms: Object.fromEntries(asked.map((word) => [word, true])) };
}

// The sections to show, as the page wants them: groups of one page's sections with the page's own entry, best first.
// `asked` are the words put to lunr; `marked` has sections as it returns them, with the words marked; a section that lunr did
// not find is shown unmarked.
// The page folds what scores less than the first of a group: sections that are nearly as good as the first stay in sight.
export function grouped(score, docs, marked, asked) {
  const groups = new Map();
  for (const [location, worth] of [...score].sort(([, one], [, other]) => other - one).slice(0, SHOWN)) {
    const page = location.split("#")[0];
    const group = groups.get(page) ?? [];
    const inSight = !group.length || (group.length < IN_SIGHT && worth >= NEARLY * score.get(group[0].location));
    group.push({ ...shown(location, docs, marked, asked), score: inSight ? 1 : 0 });
    groups.set(page, group);
  }
  for (const [page, group] of groups) {
    if (group.some(({ location }) => location === page) || !docs.has(page)) continue;
    group.push({ ...shown(page, docs, marked, asked), score: 0 });
  }
  return [...groups.values()];
}
