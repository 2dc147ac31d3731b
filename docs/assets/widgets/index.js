// Loads a widget only where the page has it. A widget is a custom element that improves what the page already
// holds; without JavaScript, or when a module fails to load, the page stays as it was written.

const WIDGETS = ["section-link"];

for (const name of WIDGETS) {
  if (document.querySelector(name)) {
    import(`./${name}.js`).then((module) => customElements.define(name, module.default));
  }
}

// A table or a code block that scrolls sideways must be reachable by keyboard, and say what it is.
for (const [selector, name] of [[".md-typeset__scrollwrap", "Table"], [".highlight pre > code, .highlighttable pre > code", "Code"]]) {
  for (const [number, box] of document.querySelectorAll(selector).entries()) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", `${name} ${number + 1}, scrolls sideways`);
    }
  }
}
