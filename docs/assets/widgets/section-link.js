// <section-link><a class="headerlink" href="#id">¶</a></section-link>: pressing the link copies the section's
// address, says so, and offers the same link as Markdown. Without JavaScript it is a plain link.
import { markdownLink, sectionAddress } from "./core/address.js";

let openNote = null;

export default class SectionLink extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a");
    this.heading = this.closest("h1, h2, h3, h4, h5, h6");
    if (!this.link || !this.heading) return;
    this.link.title = "Copy the address of this section";
    this.link.setAttribute("aria-label", `Copy the address of the section “${this.title()}”`);
    this.link.addEventListener("click", (event) => {
      // Following the link would move the keyboard's place to the heading, away from the button that opens here.
      event.preventDefault();
      history.pushState(null, "", this.link.hash);
      this.copy(this.address(), "Address copied.");
    });
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.note) {
        this.close();
        this.link.focus();
      }
    });
  }

  title() {
    const copy = this.heading.cloneNode(true);
    copy.querySelector("section-link")?.remove();
    return copy.textContent.trim();
  }

  address() {
    const canonical = document.querySelector("link[rel=canonical]")?.href ?? location.href;
    return sectionAddress(canonical, this.heading.id);
  }

  async copy(text, done) {
    this.open();
    try {
      await navigator.clipboard.writeText(text);
      this.status.textContent = done;
    } catch {
      // No permission, or a page from file://: then the text itself is what can be selected and copied.
      this.status.textContent = text;
    }
  }

  open() {
    if (this.note) return;
    openNote?.close();
    openNote = this;
    this.note = document.createElement("span");
    this.note.className = "note";
    this.status = document.createElement("span");
    this.status.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy as Markdown";
    button.addEventListener("click", () =>
      this.copy(markdownLink(this.title(), this.address()), "Markdown link copied."));
    this.note.append(this.status, button);
    this.append(this.note);
  }

  close() {
    this.note?.remove();
    this.note = null;
    if (openNote === this) openNote = null;
  }
}
