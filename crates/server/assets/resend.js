// A choice that decides what else there is to choose sends its form by itself, by the button that does so without scripts.

for (const choice of document.querySelectorAll("select[data-sends]")) {
  const button = document.getElementById(choice.dataset.sends);
  if (!button) continue;
  button.hidden = true;
  choice.addEventListener("change", () => choice.form.requestSubmit(button));
}
