// The search box: suggestions while typing (WAI-ARIA combobox with a list), the list of answers, and its way into the
// address of the page. What an answer does on the map is in results.js.
import { Results } from "/static/results.js";

const DELAY = 150; // milliseconds of silence before suggestions are asked for
const box = document.getElementById("q");
const list = document.getElementById("suggestions");
const status = document.getElementById("search-status");
const form = document.getElementById("search");
const erase = document.getElementById("erase");

export class Search {
  #timer;
  #asked = null;
  #options = [];
  #active = -1;

  constructor(map, picker, settings) {
    this.texts = settings.texts;
    this.results = new Results(map, picker, settings, (text) => this.search(text, { push: true }));
    form.addEventListener("submit", (event) => this.#submit(event));
    box.addEventListener("input", () => this.#typed());
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("blur", () => this.#close());
    erase.addEventListener("click", () => this.#erase());
    // A press on an option must not take the focus from the box, which would close the list before the click.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.#choose(this.#options.indexOf(event.target.closest("li"))));
    addEventListener("keydown", (event) => this.#slash(event));
    addEventListener("popstate", () => this.restore());
    this.#showErase();
  }

  // Shows what the address of the page asks for; at first the server has already answered it.
  start() {
    if (this.results.adopt()) this.#tell(this.results.sentence);
  }

  restore() {
    const text = new URLSearchParams(location.search).get("q") ?? "";
    if (text === this.shown) return this.results.restore();
    box.value = text;
    this.#showErase();
    if (text) this.search(text, { push: false });
    else this.results.clear();
  }

  async search(text, { push }) {
    this.#close();
    this.#stop();
    box.value = text;
    this.#showErase();
    if (push) this.#remember(text);
    this.shown = text;
    this.#tell(this.texts.loading);
    const asked = (this.#asked = new AbortController());
    const answer = await fetch(`/results?q=${encodeURIComponent(text)}`, { signal: asked.signal }).catch((error) => error);
    if (asked.signal.aborted) return;
    if (!(answer instanceof Response)) return this.#fail(this.texts.offline, text);
    if (answer.status === 429) return this.#fail(this.texts.too_many, text);
    if (!answer.headers.get("content-type")?.startsWith("text/html")) return this.#fail(this.texts.search_failed, text);
    this.results.show(await answer.text(), { choose: push });
    this.#tell(this.results.sentence);
  }

  get shown() {
    return this.results.text;
  }

  set shown(text) {
    this.results.text = text;
  }

  #submit(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (text) this.search(text, { push: true });
    else box.focus();
  }

  #remember(text) {
    const address = new URL(location.href);
    address.searchParams.set("q", text);
    address.hash = address.hash.split("&").filter((part) => !part.startsWith("feature=")).join("&");
    history.pushState(null, "", address);
  }

  #fail(sentence, text) {
    this.results.fail(sentence, this.texts.retry, () => this.search(text, { push: false }));
    this.#tell(sentence);
  }

  #typed() {
    this.#showErase();
    this.#stop();
    const text = box.value.trim();
    if (!text) return this.#close();
    this.#timer = setTimeout(() => this.#suggest(text), DELAY);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
  }

  async #suggest(text) {
    const asked = (this.#asked = new AbortController());
    const address = `/search/suggest?q=${encodeURIComponent(text)}&lang=${document.documentElement.lang}`;
    const answer = await fetch(address, { signal: asked.signal }).catch(() => null);
    // Suggestions are a help: without them, what was typed can still be searched for.
    if (!answer?.ok) return this.#close();
    const { suggestions } = await answer.json().catch(() => ({ suggestions: [] }));
    if (!asked.signal.aborted && document.activeElement === box) this.#offer(suggestions);
  }

  #offer(suggestions) {
    this.#active = -1;
    this.#options = suggestions.map((one, index) => {
      const option = document.createElement("li");
      option.id = `suggestion-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = one.text;
      const detail = document.createElement("small");
      detail.textContent = one.detail;
      option.append(one.text, detail);
      return option;
    });
    list.replaceChildren(...this.#options);
    list.hidden = this.#options.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
    this.#tell(list.hidden ? this.texts.no_suggestions : this.texts.suggestions.replace("{count}", this.#options.length));
  }

  #close() {
    list.hidden = true;
    this.#options = [];
    this.#active = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const open = !list.hidden;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      if (open) this.#move(steps[event.key]);
      else this.#typed();
    } else if (event.key === "Enter" && open && this.#active >= 0) {
      event.preventDefault();
      this.#choose(this.#active);
    } else if (event.key === "Escape") {
      // By itself a search box is emptied at once, and the card would close with it.
      event.preventDefault();
      event.stopPropagation();
      if (open) this.#close();
      else this.#erase();
    }
  }

  // The place after the last and before the first option is the box itself.
  #move(step) {
    const places = this.#options.length + 1;
    this.#active = ((this.#active + 1 + step + places) % places) - 1;
    for (const [index, option] of this.#options.entries()) {
      option.setAttribute("aria-selected", String(index === this.#active));
    }
    const option = this.#options[this.#active];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  #choose(index) {
    if (index >= 0) this.search(this.#options[index].dataset.text, { push: true });
  }

  #erase() {
    this.#stop();
    this.#close();
    box.value = "";
    this.#showErase();
    if (this.shown) {
      const address = new URL(location.href);
      address.searchParams.delete("q");
      history.pushState(null, "", address);
      this.results.clear();
    }
    this.#tell("");
    box.focus();
  }

  #showErase() {
    erase.hidden = box.value === "";
  }

  #slash(event) {
    const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  }

  #tell(sentence) {
    status.textContent = sentence;
  }
}
