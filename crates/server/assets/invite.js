// Inviting people: rows are added in place, a pasted list fills rows, and the choice of a preview keeps itself. Without this module the
// same buttons do it by a round trip.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
// More people than this go into the field for lists, where they are easier to look over.
const rowsAtMost = 50;

function inviteForm(form) {
  const people = form.querySelector("[data-people]");
  const send = form.querySelector("[data-invite-send]");
  const rows = () => all("[data-person]", people);
  const email = (row) => row.querySelector("input[name=email]");
  const role = (row) => row.querySelector("select[name=role]");

  const relabel = () => {
    const filled = rows().filter((row) => email(row).value.trim() !== "").length;
    const list = form.elements.pasted?.value.trim() ?? "";
    send.textContent = filled > 1 || list ? "Preview list" : "Send invite";
  };

  const addRow = () => {
    const row = rows()[0].cloneNode(true);
    const number = rows().length;
    for (const part of all("[id]", row)) part.id = part.id.replace(/\d+/, number);
    for (const label of all("label", row)) label.htmlFor = label.htmlFor.replace(/\d+/, number);
    for (const error of all(".error", row)) error.remove();
    for (const field of all(".field", row)) field.classList.remove("wrong");
    for (const control of [email(row), role(row)]) {
      control.value = "";
      control.removeAttribute("aria-invalid");
      control.removeAttribute("autofocus");
    }
    email(row).removeAttribute("aria-describedby");
    people.append(row);
    return row;
  };

  form.querySelector("[data-add-person]").addEventListener("click", (event) => {
    event.preventDefault();
    email(addRow()).focus();
    relabel();
  });

  const addresses = (text) => text.split(/[\s,;]+/).map((word) => word.replace(/^<|>$/g, "")).filter((word) => word.includes("@"));

  people.addEventListener("paste", (event) => {
    if (event.target.name !== "email") return;
    const text = event.clipboardData.getData("text");
    const found = addresses(text);
    if (found.length < 2) return;
    event.preventDefault();
    if (found.length > rowsAtMost) {
      const list = form.elements.pasted;
      list.value = text;
      list.closest("details").open = true;
      list.focus();
    } else {
      const here = event.target.closest("[data-person]");
      const given = role(here).value;
      const free = [here, ...rows().filter((row) => row !== here && email(row).value.trim() === "")];
      let last = here;
      for (const address of found) {
        last = free.shift() ?? addRow();
        email(last).value = address;
        if (role(last).value === "") role(last).value = given;
      }
      email(last).focus();
    }
    relabel();
  });

  form.addEventListener("input", relabel);
  relabel();
}

function chooseForm(form) {
  const status = form.querySelector("[data-chosen]");
  const rest = status.textContent.trim().split(". ").slice(1).join(". ");
  const boxes = () => all("input[name=row]", form);
  let before = boxes().filter((box) => box.checked).length;
  let chosen = Number(status.dataset.chosen);
  form.querySelector("[data-choose-keep]")?.setAttribute("hidden", "");
  let saving = Promise.resolve();

  const keep = () => {
    const now = boxes().filter((box) => box.checked).length;
    chosen += now - before;
    before = now;
    const people = chosen === 1 ? "1 person is chosen." : `${chosen.toLocaleString("en")} people are chosen.`;
    status.textContent = `${chosen === 0 ? "Nobody is chosen." : people} ${rest}`;
    const body = new URLSearchParams(new FormData(form));
    body.set("intent", "keep");
    const send = () => fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
    saving = saving.then(send);
  };
  form.addEventListener("change", keep);

  // A link to other rows waits until the choice on these is kept.
  for (const link of all("a[href^='?'], .tabs a", document)) {
    link.addEventListener("click", async (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      await saving;
      location.href = link.href;
    });
  }
}

all("form[data-invite]").forEach(inviteForm);
all("form[data-choose]").forEach(chooseForm);
