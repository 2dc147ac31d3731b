// What a reader typed or pasted, as words that the index knows. Pure functions.
import { isAround, isSmall, words } from "./words.js";

const QUOTED = 1.4; // what a reader or a message puts between quotes is the point
const LONGEST = 60; // words looked at: a pasted traceback ends with the message, so the last ones

// How many single letters lie between two words (insert, drop, change, swap), or `limit` + 1 when more.
export function distance(one, other, limit) {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let beforeLast = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const now = [row];
    for (let at = 1; at <= other.length; at++) {
      const change = one[row - 1] === other[at - 1] ? 0 : 1;
      now[at] = Math.min(last[at] + 1, now[at - 1] + 1, last[at - 1] + change);
      const swapped = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (swapped) now[at] = Math.min(now[at], beforeLast[at - 2] + 1);
    }
    if (Math.min(...now) > limit) return limit + 1;
    [beforeLast, last] = [last, now];
  }
  return last[other.length];
}

// Words of the index that stand for one it does not know: those that begin with it (it may be half typed), or the
// nearest by spelling, the more frequent first. `known` maps each word to the number of sections that hold it.
export function nearest(word, known) {
  if (word.length < 3) return [];
  const begun = [...known.keys()].filter((one) => one.startsWith(word));
  if (begun.length) return begun.sort((a, b) => known.get(b) - known.get(a)).slice(0, 8);
  if (word.length < 4 || /^\d+$/.test(word)) return [];
  const limit = word.length < 7 ? 1 : 2;
  let [best, found] = [limit, []];
  for (const one of known.keys()) {
    const apart = distance(word, one, best);
    if (apart > best) continue;
    if (apart < best) [best, found] = [apart, []];
    found.push(one);
  }
  return found.sort((a, b) => known.get(b) - known.get(a)).slice(0, 3);
}

// The terms of a query in order: {forms, weight}. `forms` are spellings that count as the term; a piece of a compound
// weighs less than the whole, an unknown word less than a known one, a number (often the reader's own)
// and what stands around a question less than the words that name the matter.
export function terms(query, known) {
  const read = words(query).slice(-LONGEST);
  const quoted = new Set();
  for (const [, , inside] of query.matchAll(/(["'`])([^"'`]+)\1/g)) for (const [word] of words(inside)) quoted.add(word);
  const telling = read.filter(([word]) => !isSmall(word));
  const found = [];
  for (const [whole, ...parts] of telling.length ? telling : read) {
    const worth = (/^[\d.]+$/.test(whole) || isAround(whole) ? 0.5 : 1) * (quoted.has(whole) ? QUOTED : 1);
    if (known.has(whole)) found.push({ forms: [whole], weight: worth });
    else if (!parts.length) {
      const near = nearest(whole, known);
      if (near.length) found.push({ forms: near, weight: 0.8 * worth });
    }
    const share = (known.has(whole) ? 0.5 : 1.2) / parts.length;
    for (const part of parts) if (known.has(part) && !isSmall(part)) found.push({ forms: [part], weight: share });
    // A name with a slip in it: DataColatorForSeq2Seq.
    if (parts.length && !known.has(whole)) {
      const near = nearest(whole, known);
      if (near.length) found.push({ forms: near, weight: 0.8 });
    }
  }
  return found;
}
