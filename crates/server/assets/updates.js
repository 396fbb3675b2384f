// A reaction is sent without leaving the page. The count at hand moves at once; the page's live region brings the true one.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-react]");
  const button = event.submitter;
  if (!form || !button || button.name !== "reaction") return;
  event.preventDefault();
  const body = new URLSearchParams({ reaction: button.value });
  form.querySelector("details[open]")?.removeAttribute("open");
  turn(button);
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok) location.assign(form.action.replace(/\/react$/, ""));
  } catch {
    turn(button);
  }
});

// Turns a counted reaction over: pressed or not, one more or one less, and what pressing it again would send.
function turn(button) {
  const count = button.querySelector(".num");
  if (!count) return;
  const [word, wanted] = button.value.split(" ");
  const given = wanted === "on";
  button.value = `${word} ${given ? "off" : "on"}`;
  button.setAttribute("aria-pressed", String(given));
  count.textContent = String(Math.max(0, Number(count.textContent) + (given ? 1 : -1)));
}
