// Pure functions on addresses; tested against tests/widgets/address.json.

/** The address of a section: the page's canonical address, with the section's id. */
export function sectionAddress(canonical, id) {
  return `${canonical.split("#")[0]}#${encodeURIComponent(id)}`;
}

/** A Markdown link to a section. Brackets and backslashes in the title are escaped, white space is squeezed. */
export function markdownLink(title, address) {
  const text = title.replace(/\s+/gu, " ").trim().replace(/[\\[\]]/gu, "\\$&");
  return `[${text}](${address})`;
}
