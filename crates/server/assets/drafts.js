// What somebody typed survives the end of their session: a form that was sent too late leads to the sign-in page, and after
// that back to its own page, where the text stands again, unsaved. It stays in this tab; passwords and files are never kept.

const KEY = "tessera.draft";
const KEPT = "form:has([data-savebar]), form[data-keep]";
const TYPED = "input:not([type=hidden], [type=password], [type=file], [type=submit]), select, textarea";

const typed = (form) => [...form.querySelectorAll(TYPED)].filter((control) => control.name);
const ticks = (control) => control.type === "checkbox" || control.type === "radio";
const forms = () => [...document.querySelectorAll(KEPT)];

function read() {
  try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
}

function write(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // A full or forbidden store: the form is sent all the same.
  }
}

function say(text) {
  const line = document.createElement("p");
  line.className = "notice";
  line.setAttribute("role", "status");
  line.textContent = text;
  document.querySelector("h1")?.after(line);
}

function restore(form, values) {
  const left = values.map(([name, value]) => `${name}\n${value}`);
  const take = (control) => left.indexOf(`${control.name}\n${control.value}`);
  for (const control of typed(form).filter(ticks)) control.checked = take(control) >= 0;
  for (const control of typed(form).filter((control) => !ticks(control))) {
    const at = values.findIndex(([name]) => name === control.name);
    if (at >= 0) control.value = values.splice(at, 1)[0][1];
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

const draft = read();
const here = location.pathname + location.search;
if (draft && location.pathname === "/sign-in") {
  write({ ...draft, ended: true });
  say("Your session ended before this was saved. Sign in again: what you typed is kept.");
} else if (draft?.ended && draft.page === here) {
  const form = forms()[draft.form];
  if (form) {
    restore(form, draft.values);
    say("What you typed before your session ended stands here again. It is not saved yet.");
  }
  write(null);
} else if (draft && !draft.ended) {
  write(null);
}

for (const [index, form] of forms().entries()) {
  form.addEventListener("submit", () => {
    const values = typed(form).filter((control) => !ticks(control) || control.checked).map((control) => [control.name, control.value]);
    write({ page: here, form: index, values });
  });
}
