// Only makes things easier: everything can be read without it.
(() => {
  const choice = document.getElementById("place-choice");
  if (choice) {
    const places = [...document.querySelectorAll("details.place")];
    const show = () => places.forEach((place) => {
      place.hidden = Boolean(choice.value) && place.id !== choice.value;
      place.open = place.id === choice.value;
    });
    choice.closest("div").hidden = false;
    choice.addEventListener("change", show);
    show();
  }
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
