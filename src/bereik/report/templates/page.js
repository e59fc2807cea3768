// Only makes things easier: everything can be read without it.
(() => {
  const choice = document.getElementById("place-choice");
  if (choice) {
    const places = [...document.querySelectorAll("details.place")];
    const show = (chosen) => {
      choice.value = chosen;
      places.forEach((place) => {
        place.hidden = Boolean(chosen) && place.id !== chosen;
        place.open = place.id === chosen;
      });
      document.getElementById("place-link").href = `#${chosen || "places"}`;
    };
    const asked = () => show(places.some((place) => `#${place.id}` === location.hash) ? location.hash.slice(1) : choice.value);
    choice.hidden = false;
    choice.addEventListener("change", () => { history.replaceState(null, "", `#${choice.value || "places"}`); show(choice.value); });
    addEventListener("hashchange", asked);
    asked();
  }
  document.querySelectorAll("[data-year]").forEach((part) => {
    const age = new Date().getFullYear() - Number(part.dataset.year);
    if (age > 0) part.textContent = part.dataset.words.replace("{age}", age);
  });
  // A part that does not slide needs no stop for the keyboard.
  const stops = () => document.querySelectorAll(".picture, .scroll").forEach((part) => {
    part.scrollWidth > part.clientWidth ? part.setAttribute("tabindex", "0") : part.removeAttribute("tabindex");
  });
  stops();
  addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));
})();
