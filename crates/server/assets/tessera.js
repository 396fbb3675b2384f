// The portal's one script. Every page works without it; each block below adds one comfort and touches only what it finds.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- Save bar: counts what was changed, lets it be discarded, and warns before it is lost. ---

const stateOf = (control) => {
  if (control.type === "checkbox" || control.type === "radio") return control.checked ? "on" : "off";
  return control.value;
};

const savedState = (control) => {
  if (control.dataset.saved !== undefined) return control.dataset.saved;
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked ? "on" : "off";
  if (control instanceof HTMLSelectElement) {
    const preset = [...control.options].find((option) => option.defaultSelected);
    return preset ? preset.value : control.options[0]?.value ?? "";
  }
  return control.defaultValue;
};

class SaveBar {
  constructor(bar) {
    this.bar = bar;
    this.form = bar.closest("form");
    this.count = bar.querySelector("[data-savebar-count]");
    this.buttons = all("button", bar);
    this.leaving = false;
    bar.classList.add("ready");
    this.form.addEventListener("input", () => this.refresh());
    this.form.addEventListener("change", () => this.refresh());
    this.form.addEventListener("submit", () => { this.leaving = true; });
    bar.querySelector("[data-discard]")?.addEventListener("click", (event) => this.discard(event));
    addEventListener("beforeunload", (event) => { if (this.changed() && !this.leaving) event.preventDefault(); });
    addEventListener("pageshow", () => { this.leaving = false; this.refresh(); });
    this.refresh();
  }

  controls() {
    return [...this.form.elements].filter((control) => control.name && control.type !== "hidden"
      && control.type !== "submit" && !("unsaved" in control.dataset));
  }

  // A group of radio buttons is one change, named once.
  changed() {
    const names = new Set();
    for (const control of this.controls()) if (stateOf(control) !== savedState(control)) names.add(control.name);
    return names.size;
  }

  discard(event) {
    event.preventDefault();
    for (const control of this.controls()) {
      if (control.type === "checkbox" || control.type === "radio") control.checked = savedState(control) === "on";
      else control.value = savedState(control);
    }
    this.refresh();
  }

  refresh() {
    const count = this.changed();
    this.bar.classList.toggle("dirty", count > 0);
    this.count.textContent = count === 0 ? "No unsaved changes" : count === 1 ? "1 unsaved change" : `${count} unsaved changes`;
    for (const button of this.buttons) button.disabled = count === 0;
  }
}

for (const bar of all("[data-savebar]")) if (bar.closest("form")) new SaveBar(bar);

// --- The first wrong field takes the focus. ---

if (document.activeElement === document.body) document.querySelector("[aria-invalid='true']")?.focus();

// --- Live regions: one event stream while the tab is visible. An element with `id` and `data-live="topic"` is replaced when the
// server says that the topic moved, with the HTML that came along or with a fresh copy from this page. Focus and scroll stay. ---

class Live {
  constructor(path) {
    this.path = path;
    this.stale = new Set();
    this.waiting = new Set();
    this.fetching = false;
    document.addEventListener("visibilitychange", () => this.follow());
    // A menu that was open while its region moved has closed: now the region may be replaced.
    document.addEventListener("toggle", () => this.catchUp(), true);
    this.follow();
  }

  topics() {
    return [...new Set(all("[data-live]").map((region) => region.dataset.live))];
  }

  follow() {
    if (document.visibilityState !== "visible") {
      this.source?.close();
      this.source = undefined;
      return;
    }
    const topics = this.topics();
    if (this.source || topics.length === 0) return;
    this.source = new EventSource(`${this.path}?topics=${encodeURIComponent(topics.join(","))}`);
    this.source.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    // Whatever moved before anybody listened, or while the stream was away, is fetched once.
    this.source.addEventListener("open", () => this.refetch(this.topics()));
  }

  hear({ topic, html }) {
    if (html) this.replace(new DOMParser().parseFromString(html, "text/html"), new Set([topic]));
    else this.refetch([topic]);
  }

  catchUp() {
    if (this.waiting.size === 0) return;
    const topics = [...this.waiting];
    this.waiting.clear();
    this.refetch(topics);
  }

  async refetch(topics) {
    for (const topic of topics) this.stale.add(topic);
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.stale.size > 0) {
        const wanted = new Set(this.stale);
        this.stale.clear();
        const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        this.replace(new DOMParser().parseFromString(await answer.text(), "text/html"), wanted);
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
    } catch {
      // The network is away: the page keeps what it shows, and the stream's next opening fetches again.
    } finally {
      this.fetching = false;
    }
  }

  replace(fresh, topics) {
    for (const region of all("[data-live]")) {
      const topic = region.dataset.live;
      const next = topics.has(topic) ? fresh.getElementById(region.id) : undefined;
      if (!next) continue;
      if (busy(region)) { this.waiting.add(topic); continue; }
      const place = focusedPlace(region);
      const { scrollX, scrollY } = window;
      morph(region, document.importNode(next, true));
      enhance(region);
      restoreFocus(region, place);
      scrollTo(scrollX, scrollY);
    }
  }
}

// Somebody is in the middle of something there: a menu is open, or rows are ticked.
function busy(region) {
  return region.querySelector("details[open], dialog[open]") !== null
    || all("input[type=checkbox]", region).some((box) => box.checked !== box.defaultChecked);
}

// Same tree: change attributes and texts in place, so that a tile's colour can move. Another tree: replace the children.
function morph(old, fresh) {
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.isEqualNode(fresh)) return;
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  const alike = before.length === after.length
    && before.every((node, index) => node.nodeType === after[index].nodeType && node.nodeName === after[index].nodeName);
  if (!alike) {
    old.replaceChildren(...after);
    return;
  }
  before.forEach((node, index) => {
    if (node.nodeType === Node.ELEMENT_NODE) morph(node, after[index]);
    else if (node.data !== after[index].data) node.data = after[index].data;
  });
}

const focusable = "a, button, input, select, summary, [tabindex]";
const keyOf = (element) => element.id || element.getAttribute("href") || element.name || "";
function focusedPlace(region) {
  const active = document.activeElement;
  return active && region.contains(active) ? keyOf(active) : undefined;
}
function restoreFocus(region, place) {
  if (!place || region.contains(document.activeElement)) return;
  all(focusable, region).find((element) => keyOf(element) === place)?.focus({ preventScroll: true });
}

// --- Mosaic: names the tile at hand, and the arrow keys walk it as one stop of the tab order. ---

function mosaic(figure) {
  const tiles = () => all("a.tile", figure);
  const name = () => figure.querySelector("[data-mosaic-name]");
  const stop = (tile) => { for (const other of tiles()) other.setAttribute("tabindex", other === tile ? "0" : "-1"); };
  if (tiles().length === 0 || !name()) return;
  const held = tiles().find((tile) => tile === document.activeElement);
  stop(held ?? tiles()[0]);
  if (held) name().textContent = held.querySelector("title").textContent;
  if (figure.dataset.walks) return;
  figure.dataset.walks = "yes";
  const rest = name().textContent;
  const say = (tile) => { name().textContent = tile ? tile.querySelector("title").textContent : rest; };
  const columns = () => {
    const top = tiles()[0].getBoundingClientRect().top;
    return Math.max(1, tiles().findIndex((tile) => tile.getBoundingClientRect().top > top + 4));
  };
  figure.addEventListener("pointerover", (event) => say(event.target.closest("a.tile")));
  figure.addEventListener("pointerleave", () => say(undefined));
  figure.addEventListener("focusin", (event) => say(event.target.closest("a.tile")));
  figure.addEventListener("keydown", (event) => {
    const now = tiles();
    const at = now.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: now.length - 1 - at, ArrowDown: 0, ArrowUp: 0 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const rows = { ArrowDown: columns(), ArrowUp: -columns() }[event.key] ?? 0;
    const tile = now[Math.min(now.length - 1, Math.max(0, at + step + rows))];
    stop(tile);
    tile.focus();
  });
}

// --- Copy buttons: shown only where the clipboard can be reached. ---

function copyButton(button) {
  if (!navigator.clipboard || !button.hidden) return;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1600);
  });
}

// --- Drop zones: a file dropped anywhere on the zone lands in its own file control. ---

function dropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    if (zone.dataset.drop === "send") zone.closest("form").requestSubmit();
  });
}

// --- Dialogs: a link to a confirmation page opens the dialog of the same purpose instead, where the page carries one. ---

function opener(link) {
  const dialog = document.getElementById(link.dataset.dialog);
  if (!(dialog instanceof HTMLDialogElement)) return;
  link.addEventListener("click", (event) => { event.preventDefault(); dialog.showModal(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  for (const close of all("[data-close]", dialog)) {
    close.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  }
}

// --- Tick all rows of a table at once. ---

function pickAll(box) {
  box.hidden = false;
  const rows = () => all("input.pick[name]", box.closest("table"));
  box.addEventListener("change", () => {
    for (const row of rows()) row.checked = box.checked;
    box.form?.dispatchEvent(new Event("change"));
  });
}

// --- Theme: the switch answers at once; the form's answer sets the cookie. ---

function themeSwitch(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const theme = event.submitter?.value ?? "system";
    document.documentElement.dataset.theme = theme;
    for (const button of all("button", form)) button.setAttribute("aria-pressed", String(button.value === theme));
    await fetch(form.action, { method: "POST", body: new URLSearchParams({ theme }), redirect: "manual" });
  });
}

function enhance(root) {
  all("[data-mosaic]", root).forEach(mosaic);
  all("[data-copy]", root).forEach(copyButton);
  all("[data-drop]", root).forEach(dropZone);
  all("[data-dialog]", root).forEach(opener);
  all("[data-pick-all]", root).forEach(pickAll);
}

enhance(document);
all("[data-theme-switch]").forEach(themeSwitch);
if (document.body.dataset.livePath) new Live(document.body.dataset.livePath);

// --- Filters send themselves when a choice is made. ---

for (const select of all("form[data-filters] select")) select.addEventListener("change", () => select.form.requestSubmit());
for (const button of all("form[data-filters] [data-filter-go]")) button.hidden = true;

// --- Ctrl/⌘ K goes to the jump box; Escape and a click elsewhere close open menus. ---

const jump = document.querySelector("[data-jump] input");
const mac = navigator.platform.startsWith("Mac");
for (const key of all("[data-jump-key]")) { key.hidden = false; key.textContent = mac ? "⌘ K" : "Ctrl K"; }
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (mac ? event.metaKey : event.ctrlKey) && jump) {
    event.preventDefault();
    jump.focus();
    jump.select();
  }
  if (event.key === "Escape") closeMenus(undefined, true);
});
addEventListener("click", (event) => closeMenus(event.target, false));

function closeMenus(except, back) {
  for (const menu of all("details:is(.row-menu, .switcher, .account-menu)[open]")) {
    if (except && menu.contains(except)) continue;
    const within = menu.contains(document.activeElement);
    menu.open = false;
    if (back && within) menu.querySelector("summary").focus();
  }
}
