// Loads a widget only where the page has it. A widget is a custom element that improves what the page already
// holds; without JavaScript, or when a module fails to load, the page stays as it was written.

const WIDGETS = ["section-link"];

for (const name of WIDGETS) {
  if (document.querySelector(name)) {
    import(`./${name}.js`).then((module) => customElements.define(name, module.default));
  }
}

// A table or a code block that scrolls sideways must be reachable by keyboard, and say what it is. Material wraps
// tables after the page has loaded, and a resize changes what scrolls, so sizes are watched.
const SCROLLING = { Table: ".md-typeset__scrollwrap", Code: ".highlight pre > code", Drawing: ".drawing > div" };

function reach() {
  for (const [name, selector] of Object.entries(SCROLLING)) {
    for (const [number, box] of document.querySelectorAll(selector).entries()) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", `${name} ${number + 1}, scrolls sideways`);
      }
    }
  }
}

// Material gives every code block a <nav> with a copy button, all without a name.
function nameCopyButtons() {
  for (const [number, nav] of document.querySelectorAll(".md-code__nav").entries()) {
    nav.setAttribute("aria-label", `Code block ${number + 1}`);
  }
}

const content = document.querySelector(".md-content");
new ResizeObserver(reach).observe(content);
new MutationObserver(() => {
  nameCopyButtons();
  reach();
}).observe(content, { childList: true, subtree: true });
nameCopyButtons();
