// The list of members: says how many are ticked, and opens what may be done with them.

const scope = document.querySelector(".bulk select[name=scope]");

if (scope) {
  const bulk = scope.closest("details");
  const option = scope.querySelector("option[value=picked]");
  const rest = option.textContent;
  const say = () => {
    const ticked = scope.form.querySelectorAll("input.pick[name=pick]:checked").length;
    option.textContent = ticked === 0 ? rest : ticked === 1 ? "1 ticked member" : `${ticked} ticked members`;
    if (ticked > 0) bulk.open = true;
  };
  scope.form.addEventListener("change", say);
  addEventListener("pageshow", say);
}
