// The page of models: buttons tick in place, the list opens with its switch, and searching hides rows without leaving what is
// not saved yet. Without this module the same buttons do it by a round trip.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function modelsForm(form) {
  const list = form.querySelector("[data-models-list]");
  const managed = form.querySelector("input[type=checkbox][name='models.managed']");
  managed?.addEventListener("change", () => { list.disabled = !managed.checked; });

  for (const button of all("[data-tick]", form)) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const scope = button.closest("[data-provider]") ?? list;
      for (const box of all("[data-model]:not([hidden]) input[type=checkbox]", scope)) box.checked = button.dataset.tick === "on";
      form.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  const search = document.querySelector("[data-model-search]");
  const typed = search?.querySelector("input[type=search]");
  typed?.addEventListener("input", () => {
    const sought = typed.value.trim().toLowerCase();
    for (const provider of all("[data-provider]", list)) {
      const own = provider.querySelector("h3").textContent.toLowerCase().includes(sought);
      let shown = 0;
      for (const row of all("[data-model]", provider)) {
        row.hidden = !own && !row.textContent.toLowerCase().includes(sought);
        if (!row.hidden) shown += 1;
      }
      provider.hidden = shown === 0;
      if (sought) provider.querySelector("details").open = shown > 0;
    }
  });
  // Searching in place: Enter would load the page anew.
  search?.addEventListener("submit", (event) => { if (list.querySelector("[data-provider]")) event.preventDefault(); });
}

for (const form of all("[data-models]")) modelsForm(form);
